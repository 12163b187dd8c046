import "./sqlite.ts";
import "../rollup/load.ts"; // <- lint/style/noRestrictedImports
