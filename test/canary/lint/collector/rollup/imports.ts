import "../stores/contract.ts";
import "../../protocol/index.ts";
import "../stores/sqlite.ts"; // <- lint/style/noRestrictedImports
import "../ingest/ingest.ts"; // <- lint/style/noRestrictedImports
import "../report/hourly.ts"; // <- lint/style/noRestrictedImports
import "../../agent/spool/journal.ts"; // <- lint/style/noRestrictedImports
import "../config/config.ts";
import "../config/load.ts"; // <- lint/style/noRestrictedImports
