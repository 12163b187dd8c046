import "./other.ts";
import "../contract.ts";
import "../../../protocol/index.ts";
import "../sqlite.ts"; // <- lint/style/noRestrictedImports
import "../../rollup/load.ts"; // <- lint/style/noRestrictedImports
