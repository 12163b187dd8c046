import "../spool/spool.ts";
import "../../protocol/index.ts";
import "../../protocol/time.ts"; // <- lint/style/noRestrictedImports
import "../../collector/main.ts"; // <- lint/style/noRestrictedImports
