import "../../protocol/index.ts";
import "../http/http.ts"; // <- lint/style/noRestrictedImports
