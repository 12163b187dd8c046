import "./own.ts";
import "../../protocol/index.ts";
import "../config/config.ts"; // <- lint/style/noRestrictedImports
import "../../simulators/main.ts"; // <- lint/style/noRestrictedImports
