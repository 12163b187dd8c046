import "./system.ts";
import "./contract.ts";
import "../../protocol/index.ts";
import "../filters/registry.ts"; // <- lint/style/noRestrictedImports
import "../../collector/main.ts"; // <- lint/style/noRestrictedImports
