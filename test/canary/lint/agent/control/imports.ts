import "../clock/trusted-clock.ts";
import "./socket.ts";
import "../../protocol/index.ts";
import "../uplink/uplink.ts"; // <- lint/style/noRestrictedImports
import "../sensors/system.ts"; // <- lint/style/noRestrictedImports
import "../../collector/control/socket.ts"; // <- lint/style/noRestrictedImports
import "../config/config.ts";
import "../config/load.ts"; // <- lint/style/noRestrictedImports
