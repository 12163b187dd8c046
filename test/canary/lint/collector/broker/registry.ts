import "./embedded.ts";
import "../ingest/ingest.ts"; // <- lint/style/noRestrictedImports
