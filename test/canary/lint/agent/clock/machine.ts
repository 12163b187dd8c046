export const today = new Date(); // <- lint/style/noRestrictedGlobals
export const now = Date.now(); // <- lint/style/noRestrictedGlobals
export const since = performance.now(); // <- lint/style/noRestrictedGlobals
setTimeout(() => {}, 1); // <- lint/style/noRestrictedGlobals
setInterval(() => {}, 1); // <- lint/style/noRestrictedGlobals
setImmediate(() => {}); // <- lint/style/noRestrictedGlobals
export const bytes = crypto.getRandomValues(new Uint8Array(8)); // <- lint/style/noRestrictedGlobals
export const home = process.env["HOME"]; // <- lint/style/noProcessEnv
export const jitter = Math.random(); // <- plugin
export const limit = AbortSignal.timeout(1); // <- plugin
process.on("SIGINT", () => {}); // <- plugin
process.exit(1); // <- plugin
