import "./other.ts";
import "../contract.ts";
import "../text/reader.ts";
import "../ports/serial-port.ts";
import "../../../protocol/index.ts";
import "../http.ts"; // <- lint/style/noRestrictedImports
import "../http/exchange.ts"; // <- lint/style/noRestrictedImports
import "../../sampling/plan.ts"; // <- lint/style/noRestrictedImports
