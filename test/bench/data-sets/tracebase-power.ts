/**
 * tracebase-power: smart plugs, power averaged over 1 s and over 8 s, whole seconds with jitter.
 */
import { columnsOf, type DataSet, filesIn, linesOf, readPacked } from "./recording.ts";

export function tracebasePower(folder: string): DataSet {
  const packed = filesIn(folder).filter((file) => file.endsWith(".tar.xz"));
  return {
    name: "tracebase_power",
    channels: [
      ["power", "W"],
      ["power_8s", "W"],
    ],
    recordings: packed.flatMap((file) => readPacked(file, (day) => columnsOf(rowsOf(day)))),
  };
}

/** Row: `dd/mm/yyyy HH:MM:SS;P1;P8`, the zone unknown: read as UTC. */
function rowsOf(file: string): number[][] {
  const rows: number[][] = [];
  for (const line of linesOf(file)) {
    const [, day, month, year, hour, minute, second, power, slow] =
      /^(\d\d)\/(\d\d)\/(\d{4}) (\d\d):(\d\d):(\d\d);(\d+);(\d+)/.exec(line)?.map(Number) ?? [];
    if (power === undefined || slow === undefined) continue;
    rows.push([Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second) * 1000, power, slow]);
  }
  return rows;
}
