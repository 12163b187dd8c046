import "./waveforms/index.ts";
import "../protocol/index.ts";
import "../agent/index.ts"; // <- lint/style/noRestrictedImports
import "../agent/spool/spool.ts"; // <- lint/style/noRestrictedImports
import "../collector/ingest/ingest.ts"; // <- lint/style/noRestrictedImports
import "../protocol/time.ts"; // <- lint/style/noRestrictedImports
