import "../clock/trusted-clock.ts";
import "../sensors/contract.ts";
import "../filters/contract.ts";
import "../spool/journal.ts";
import "../../protocol/index.ts";
import "../spool/spool.ts"; // <- lint/style/noRestrictedImports
import "../uplink/uplink.ts"; // <- lint/style/noRestrictedImports
import "../filters/range.ts"; // <- lint/style/noRestrictedImports
import "../../collector/main.ts"; // <- lint/style/noRestrictedImports
import "../config/config.ts";
import "../config/load.ts"; // <- lint/style/noRestrictedImports
