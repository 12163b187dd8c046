import "./ingest/ingest.ts";
import "../protocol/index.ts";
import "../agent/spool/spool.ts"; // <- lint/style/noRestrictedImports
import "../protocol/time.ts"; // <- lint/style/noRestrictedImports
import "../simulators/waveforms/index.ts"; // <- lint/style/noRestrictedImports
