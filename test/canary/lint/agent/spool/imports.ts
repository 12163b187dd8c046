import "../clock/trusted-clock.ts";
import "./journal.ts";
import "../../protocol/index.ts";
import "../sampling/sampler.ts"; // <- lint/style/noRestrictedImports
import "../uplink/uplink.ts"; // <- lint/style/noRestrictedImports
import "../filters/registry.ts"; // <- lint/style/noRestrictedImports
import "../../collector/main.ts"; // <- lint/style/noRestrictedImports
import "../config/config.ts";
import "../config/load.ts"; // <- lint/style/noRestrictedImports
