import "../report/hourly.ts";
import "../../protocol/index.ts";
import "../../agent/main.ts"; // <- lint/style/noRestrictedImports
