import "./other.ts";
import "../../sensors/contract.ts";
import "../../../protocol/index.ts";
import "../load.ts"; // <- lint/style/noRestrictedImports
import "../../sensors/registry.ts"; // <- lint/style/noRestrictedImports
