import { b } from "./round-b.ts"; // <- lint/suspicious/noImportCycles
export const a = () => b;
