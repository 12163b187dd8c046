/**
 * device: `tributary-simulate device` stands in for hardware. Adding one = its folder and one line in `DEVICES`.
 */
import type { Command } from "commander";
import type { SimulateCommand, Surroundings } from "../command.ts";
import { addModbus } from "./modbus/cli.ts";
import { addSysfs } from "./sysfs/cli.ts";

const DEVICES: readonly ((device: Command, surroundings: Surroundings) => void)[] = [
  addSysfs, //
  addModbus,
];

export const deviceCommand: SimulateCommand = {
  examples: [
    ["tributary-simulate device sysfs --dir ./pi", "a machine with sensors, to scan and to read"],
    ["tributary-simulate device modbus", "a boiler on Modbus TCP"],
  ],
  add(program, surroundings) {
    const device = program.command("device").description("stand in for hardware: sysfs, modbus");
    for (const add of DEVICES) add(device, surroundings);
  },
};
