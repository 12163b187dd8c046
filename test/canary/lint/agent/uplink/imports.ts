import "../clock/trusted-clock.ts";
import "../spool/spool.ts";
import "../../protocol/index.ts";
import "../sampling/sampler.ts"; // <- lint/style/noRestrictedImports
import "../../collector/ingest/step.ts"; // <- lint/style/noRestrictedImports
import "../../protocol/topics.ts"; // <- lint/style/noRestrictedImports
import "../config/config.ts";
import "../config/load.ts"; // <- lint/style/noRestrictedImports
