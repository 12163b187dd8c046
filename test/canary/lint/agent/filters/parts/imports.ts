import "./other.ts";
import "../contract.ts";
import "../../../protocol/index.ts";
import "../range.ts"; // <- lint/style/noRestrictedImports
import "../../spool/journal.ts"; // <- lint/style/noRestrictedImports
import "../../../protocol/time.ts"; // <- lint/style/noRestrictedImports
