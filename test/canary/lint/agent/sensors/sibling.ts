import "./contract.ts";
import "./sibling/part.ts";
import "../../protocol/index.ts";
import "./system.ts"; // <- lint/style/noRestrictedImports
import "./registry.ts"; // <- lint/style/noRestrictedImports
import "../filters/contract.ts"; // <- lint/style/noRestrictedImports
import "../../protocol/time.ts"; // <- lint/style/noRestrictedImports
import "../../simulators/waveforms/index.ts"; // <- lint/style/noRestrictedImports
