import "./main.ts";
import "../collector/main.ts"; // <- lint/style/noRestrictedImports
