/**
 * registry: every driver there is, by the name it has in the config. Adding one = its file and one line here.
 *
 * Drivers load when the config names them: memory is the scarce thing on a small device.
 */
import type { DriverKind } from "./contract.ts";

// biome-ignore lint/suspicious/noExplicitAny: each driver has a config type of its own; its schema and its create agree
export const DRIVERS: Readonly<Record<string, () => Promise<DriverKind<any>>>> = {
  exec: async () => (await import("./exec.ts")).exec,
  file: async () => (await import("./file.ts")).file,
  hwmon: async () => (await import("./hwmon.ts")).hwmon,
  http: async () => (await import("./http.ts")).http,
  iio: async () => (await import("./iio.ts")).iio,
  modbus: async () => (await import("./modbus.ts")).modbus,
  mqtt: async () => (await import("./mqtt.ts")).mqtt,
  one_wire: async () => (await import("./one-wire.ts")).oneWire,
  serial: async () => (await import("./serial.ts")).serial,
  simulated: async () => (await import("./simulated.ts")).simulated,
  system: async () => (await import("./system.ts")).system,
  thermal: async () => (await import("./thermal.ts")).thermal,
};
