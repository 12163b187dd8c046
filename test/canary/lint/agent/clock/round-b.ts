import { a } from "./round-a.ts"; // <- lint/suspicious/noImportCycles
export const b = () => a;
