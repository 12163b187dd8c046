import "./spool/spool.ts";
import "../protocol/index.ts";
import "../protocol/time.ts"; // <- lint/style/noRestrictedImports
import "../collector/ingest/ingest.ts"; // <- lint/style/noRestrictedImports
import "../simulators/waveforms/index.ts"; // <- lint/style/noRestrictedImports
import "../test/support/needs.ts"; // <- lint/style/noRestrictedImports
setTimeout(() => process.exit(Math.random()), Date.now() - Number(process.env["START"]));
