import "../sensors/thermal.ts";
import "../sensors/iio/devices.ts";
import "../../protocol/index.ts";
import "../config/load.ts"; // <- lint/style/noRestrictedImports
import "../commands/scan.ts"; // <- lint/style/noRestrictedImports
import "../../collector/main.ts"; // <- lint/style/noRestrictedImports
