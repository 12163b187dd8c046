export const first: string = ([] as string[])[0]; // <- TS2322
export const options: { name?: string } = { name: undefined }; // <- TS2375
export const text = (value) => value; // <- TS7006
import { Clock } from "./clock.ts"; // <- TS1484
export const clock: Clock = 1;
export function idle(): void {
  const unused = 1; // <- TS6133
}
