import "../../protocol/calendar.ts";
import "../rollup/fold.ts";
import "../stores/contract.ts";
import "../ingest/ingest.ts"; // <- lint/style/noRestrictedImports
import "../stores/sqlite.ts"; // <- lint/style/noRestrictedImports
import "../http/server.ts"; // <- lint/style/noRestrictedImports
import "../config/config.ts";
import "../config/load.ts"; // <- lint/style/noRestrictedImports
