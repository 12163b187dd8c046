import "./time.ts";
import "zod";
import "../agent/main.ts"; // <- lint/style/noRestrictedImports
import "../collector/main.ts"; // <- lint/style/noRestrictedImports
import "../test/support/needs.ts"; // <- lint/style/noRestrictedImports
