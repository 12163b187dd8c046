import type { Spool } from "../spool/spool.ts"; // <- lint/style/noRestrictedImports
export * from "../uplink/uplink.ts"; // <- lint/style/noRestrictedImports
export const late = () => import("../uplink/uplink.ts"); // <- lint/style/noRestrictedImports
export type Kept = Spool;
