import "./registry.ts";
import "../../protocol/index.ts";
import "../agent.ts";
import "../config/config.ts";
import "../sampling/trial.ts";
import "../config/load.ts"; // <- lint/style/noRestrictedImports
import "../spool/spool.ts"; // <- lint/style/noRestrictedImports
import "../commands/doctor.ts"; // <- lint/style/noRestrictedImports
import "../../collector/doctor/registry.ts"; // <- lint/style/noRestrictedImports
