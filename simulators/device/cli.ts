/**
 * device: `tributary-simulate device` stands in for hardware. Adding one = its folder and one line in `DEVICES`.
 */
import type { Command } from "commander";
import type { SimulateCommand, Surroundings } from "../command.ts";
import { addSysfs } from "./sysfs/cli.ts";

const DEVICES: readonly ((device: Command, surroundings: Surroundings) => void)[] = [
  addSysfs, //
];

export const deviceCommand: SimulateCommand = {
  examples: [["tributary-simulate device sysfs --dir ./pi", "a machine with sensors, to scan and to read"]],
  add(program, surroundings) {
    const device = program.command("device").description("stand in for hardware: sysfs");
    for (const add of DEVICES) add(device, surroundings);
  },
};
