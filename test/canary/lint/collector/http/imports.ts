import "../access/access.ts";
import "../report/hourly.ts";
import "../ingest/ingest.ts"; // <- lint/style/noRestrictedImports
import "../stores/sqlite.ts"; // <- lint/style/noRestrictedImports
import "../config/config.ts";
import "../config/load.ts"; // <- lint/style/noRestrictedImports
