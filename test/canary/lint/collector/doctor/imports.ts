import "./registry.ts";
import "../../protocol/index.ts";
import "../config/config.ts";
import "../ingest/account.ts";
import "../config/load.ts"; // <- lint/style/noRestrictedImports
import "../broker/embedded.ts"; // <- lint/style/noRestrictedImports
import "../../agent/doctor/registry.ts"; // <- lint/style/noRestrictedImports
