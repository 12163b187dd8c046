import "../broker/contract.ts";
import "../stores/contract.ts";
import "../rollup/load.ts";
import "../broker/embedded.ts"; // <- lint/style/noRestrictedImports
import "../stores/sqlite.ts"; // <- lint/style/noRestrictedImports
import "../report/hourly.ts"; // <- lint/style/noRestrictedImports
import "../http/server.ts"; // <- lint/style/noRestrictedImports
import "../../agent/uplink/step.ts"; // <- lint/style/noRestrictedImports
import "../config/config.ts";
import "../config/load.ts"; // <- lint/style/noRestrictedImports
