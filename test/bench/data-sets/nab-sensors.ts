/**
 * nab-sensors: averages of physical sensors with many decimals, one channel each.
 */
import path from "node:path";
import { columnsOf, type DataSet, filesIn, linesOf } from "./recording.ts";

export function nabSensors(folder: string): DataSet {
  const files = filesIn(path.join(folder, "data")).filter((file) => file.endsWith(".csv"));
  return { name: "nab_sensors", channels: [["value", "1"]], recordings: files.map((file) => columnsOf(rowsOf(file))) };
}

/** Row: `yyyy-mm-dd HH:MM:SS,value`. */
function rowsOf(file: string): number[][] {
  const lines = linesOf(file).slice(1);
  return lines
    .filter((line) => line !== "")
    .map((line) => {
      const [stamp = "", value] = line.split(",");
      return [Date.parse(`${stamp.replace(" ", "T")}Z`) * 1000, Number(value)];
    });
}
