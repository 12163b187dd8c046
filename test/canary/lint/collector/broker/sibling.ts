import "./contract.ts";
import "./sibling/part.ts";
import "../../protocol/index.ts";
import "./embedded.ts"; // <- lint/style/noRestrictedImports
import "../ingest/ingest.ts"; // <- lint/style/noRestrictedImports
import "../../agent/uplink/uplink.ts"; // <- lint/style/noRestrictedImports
