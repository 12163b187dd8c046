import "../../protocol/calendar.ts";
import "../config/config.ts";
import "../config/load.ts"; // <- lint/style/noRestrictedImports
import "../stores/contract.ts";
import "../stores/sqlite.ts"; // <- lint/style/noRestrictedImports
import "../report/hourly.ts";
import "../ingest/journal.ts"; // <- lint/style/noRestrictedImports
import "../http/server.ts"; // <- lint/style/noRestrictedImports
