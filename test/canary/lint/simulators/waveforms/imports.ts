import "./day.ts";
import "../../protocol/index.ts";
import "../../agent/sensors/contract.ts"; // <- lint/style/noRestrictedImports
import "../../collector/main.ts"; // <- lint/style/noRestrictedImports
import "../../test/support/needs.ts"; // <- lint/style/noRestrictedImports
