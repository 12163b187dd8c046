import "./contract.ts";
import "../../protocol/index.ts";
import "./sqlite.ts"; // <- lint/style/noRestrictedImports
import "../rollup/load.ts"; // <- lint/style/noRestrictedImports
import "../ingest/ingest.ts"; // <- lint/style/noRestrictedImports
import "../../agent/spool/journal.ts"; // <- lint/style/noRestrictedImports
