/**
 * device: `tributary-simulate device` stands in for hardware. Adding one = its folder and one line in `DEVICES`.
 */
import type { Command } from "commander";
import type { SimulateCommand, Surroundings } from "../command.ts";
import { addModbus } from "./modbus/command.ts";
import { addMqtt } from "./mqtt/command.ts";
import { addSysfs } from "./sysfs/command.ts";

const DEVICES: readonly ((device: Command, surroundings: Surroundings) => void)[] = [
  addSysfs, //
  addModbus,
  addMqtt,
];

export const deviceCommand: SimulateCommand = {
  examples: [
    ["tributary-simulate device sysfs --dir ./pi", "a machine with sensors, to scan and to read"],
    ["tributary-simulate device modbus", "a boiler on Modbus TCP"],
    ["tributary-simulate device mqtt", "devices as of Zigbee2MQTT and Tasmota"],
  ],
  add(program, surroundings) {
    const device = program.command("device").description("stand in for hardware: files of sensors, Modbus, MQTT");
    for (const add of DEVICES) add(device, surroundings);
  },
};
