/**
 * bme280-pair: one BME280 at 1 Hz, its temperature, humidity and pressure.
 */
import { columnsOf, type DataSet, filesIn, linesOf } from "./recording.ts";

export function bme280Pair(folder: string): DataSet {
  const files = filesIn(folder).filter((file) => file.endsWith(".csv"));
  return {
    name: "bme280_pair",
    channels: [
      ["temperature", "Cel"],
      ["humidity", "%RH"],
      ["pressure", "hPa"],
    ],
    recordings: files.map((file) => columnsOf(rowsOf(file))),
  };
}

/** Columns: local time, Unix seconds, elapsed, number, t1, RH1, p1, and those of the second sensor. */
function rowsOf(file: string): number[][] {
  const lines = linesOf(file).slice(1);
  return lines
    .filter((line) => line !== "")
    .map((line) => {
      const cells = line.split(",").map(Number);
      return [(cells[1] as number) * 1e6, cells[4] as number, cells[5] as number, cells[6] as number];
    });
}
