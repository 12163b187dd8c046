import "../time.ts";
import "../../agent/main.ts"; // <- lint/style/noRestrictedImports
import "../../simulators/main.ts"; // <- lint/style/noRestrictedImports
