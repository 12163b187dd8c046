import "../../protocol/calendar.ts"; // <- lint/style/noRestrictedImports
import "./agent.ts";
import "../sensors/registry.ts";
import "../filters/registry.ts";
import "../../protocol/index.ts";
import "../sensors/system.ts"; // <- lint/style/noRestrictedImports
import "../sampling/sampler.ts"; // <- lint/style/noRestrictedImports
import "../../collector/main.ts"; // <- lint/style/noRestrictedImports
