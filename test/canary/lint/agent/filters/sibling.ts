import "./contract.ts";
import "../../protocol/index.ts";
import "./range.ts"; // <- lint/style/noRestrictedImports
import "./registry.ts"; // <- lint/style/noRestrictedImports
import "../sensors/contract.ts"; // <- lint/style/noRestrictedImports
import "../../protocol/reading.ts"; // <- lint/style/noRestrictedImports
import "../../test/support/needs.ts"; // <- lint/style/noRestrictedImports
