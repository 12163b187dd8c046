import "../spool/journal.ts";
import "../../protocol/index.ts";
import "../spool/spool.ts"; // <- lint/style/noRestrictedImports
import "../uplink/uplink.ts"; // <- lint/style/noRestrictedImports
import "../config/config.ts";
import "../config/load.ts"; // <- lint/style/noRestrictedImports
