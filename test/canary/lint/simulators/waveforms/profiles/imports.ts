import "../day.ts";
import "../../../protocol/index.ts";
import "../../../protocol/time.ts"; // <- lint/style/noRestrictedImports
import "../../../agent/filters/contract.ts"; // <- lint/style/noRestrictedImports
import "../../../collector/main.ts"; // <- lint/style/noRestrictedImports
