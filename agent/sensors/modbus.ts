/**
 * modbus: registers of meters, inverters and controllers, over TCP and over a serial line (RTU).
 *
 * - Input registers (function 4) and holding registers (function 3), read only: 16, 32 and 64 bits, integers and
 *   floats, either word order, single bits by `mask`.
 * - Registers that touch are asked for together. A reading is whole or it is not: one answer that is missing, and
 *   nothing of this turn is taken.
 * - All sensors of one port share it, and are asked one after the other with `delay` between: a serial line has one
 *   speaker, and many gateways take one connection.
 */
import { join } from "node:path";
import type { DriverContext, DriverKind, PolledDriver, Sample } from "./contract.ts";
import { type Line, ModbusBus } from "./modbus/bus.ts";
import { type ModbusOptions, modbusOptions } from "./modbus/options.ts";
import { type Block, blocksOf, numberIn } from "./modbus/registers.ts";

export const modbus: DriverKind<ModbusOptions> = {
  name: "modbus",
  config: modbusOptions,
  channels: ({ registers }) => Object.entries(registers).map(([name, { unit, kind }]) => ({ name, unit, kind })),
  create: (options, context) => new ModbusDriver(options, context),
};

class ModbusDriver implements PolledDriver {
  readonly shape = "polled";
  readonly bus: string;
  readonly #options: ModbusOptions;
  readonly #blocks: readonly Block[];
  readonly #shared: ModbusBus;

  constructor(options: ModbusOptions, context: DriverContext) {
    const line = lineOf(options, context.root);
    this.bus = `modbus:${line.name}`;
    this.#options = options;
    this.#blocks = blocksOf(options.registers, options.most_registers);
    this.#shared = context.shared(`modbus ${JSON.stringify(line)}`, () => new ModbusBus(line, context));
  }

  open(): Promise<void> {
    return this.#shared.open(this);
  }

  async read(signal: AbortSignal): Promise<Sample> {
    const { unit_id, registers, timeout, delay, word_order } = this.#options;
    const values: Record<string, number> = {};
    for (const block of this.#blocks) {
      const bytes = await this.#shared.ask({ ...block, unit: unit_id, timeout, delay }, signal);
      for (const channel of block.channels) {
        const register = registers[channel.name];
        const value = register && numberIn(bytes.subarray(channel.offset), register, word_order);
        if (value !== undefined) values[channel.name] = value;
      }
    }
    return { values };
  }

  close(): Promise<void> {
    return this.#shared.close(this);
  }
}

function lineOf({ tcp, rtu, baud, parity, data_bits, stop_bits }: ModbusOptions, root: string): Line {
  if (tcp !== undefined) return { name: `${tcp.host}:${tcp.port}`, tcp };
  const path = join(root, rtu ?? "");
  return { name: path, rtu: { path, baud, parity, data_bits, stop_bits } };
}
