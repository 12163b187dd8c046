/**
 * grids: the stamp grids beside a catalog as text, with a checksum in front: SQLite has none over its pages, and one
 * flipped digit would stamp readings on slots that no sensor has.
 */
import { sha256Prefix } from "../../protocol/index.ts";
import type { StampGrid } from "./stamp.ts";

export function writeGrids(grids: readonly StampGrid[]): string {
  const json = JSON.stringify(grids);
  return `${checkOf(json)} ${json}`;
}

/** None where the text is damaged: then every reading keeps its own instant and leaves as a sample, which loses nothing. */
export function readGrids(text: string): readonly StampGrid[] {
  const [check = ""] = text.split(" ", 1);
  const json = text.slice(check.length + 1);
  return check === checkOf(json) ? (JSON.parse(json) as StampGrid[]) : [];
}

function checkOf(json: string): string {
  return sha256Prefix(Buffer.from(json));
}
