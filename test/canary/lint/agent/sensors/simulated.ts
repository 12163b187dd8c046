import "./contract.ts";
import "../../protocol/index.ts";
import "../../simulators/faults/index.ts";
import "../../simulators/waveforms/index.ts";
import "../../simulators/faults/spike.ts"; // <- lint/style/noRestrictedImports
import "../../simulators/waveforms/day.ts"; // <- lint/style/noRestrictedImports
import "./system.ts"; // <- lint/style/noRestrictedImports
