import "../command.ts";
import "../waveforms/index.ts";
import "../../protocol/index.ts";
import "../../agent/index.ts";
import "../../agent/uplink/uplink.ts"; // <- lint/style/noRestrictedImports
import "../waveforms/day.ts"; // <- lint/style/noRestrictedImports
import "../../collector/main.ts"; // <- lint/style/noRestrictedImports
