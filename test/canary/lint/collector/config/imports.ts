import "../stores/registry.ts";
import "../stores/sqlite.ts"; // <- lint/style/noRestrictedImports
import "../report/hourly.ts"; // <- lint/style/noRestrictedImports
