/**
 * options: the config of the `modbus` driver, and what it means.
 */
import { z } from "zod";
import { duration, MICROS_PER_MINUTE, MICROS_PER_MS, micros, name, SERIES_KINDS } from "../../../protocol/index.ts";
import { LINE_KEYS, portPath } from "../ports/serial-port.ts";

const HOST = "expected a host and port like 192.168.1.40:502";
const ADDRESS = "expected the register's address, 0 to 65535; number 30001 and 40001 of a manual is address 0";
const UNIT = "expected a unit like V, kW.h or Cel (UCUM, at most 32 characters without spaces)";

const DEFAULT_PORT = 502;

export const TYPES = ["uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64"] as const;
export type RegisterType = (typeof TYPES)[number];

const host = z.string(HOST).transform((text, context): { readonly host: string; readonly port: number } => {
  const { host, port = DEFAULT_PORT } = /^(?<host>[\w.-]+|\[[\da-f:.]+\])(?::(?<port>\d{1,5}))?$/i.exec(text)?.groups ?? {};
  if (host !== undefined && Number(port) > 0 && Number(port) < 65_536) {
    return { host: host.replace(/^\[|\]$/g, ""), port: Number(port) };
  }
  context.addIssue({ code: "custom", message: HOST });
  return z.NEVER;
});

const address = z.int(ADDRESS).min(0, ADDRESS).max(65_535, ADDRESS);

const register = z
  .strictObject({
    /** Address of an input register: function 4. */
    input: address.optional(),
    /** Address of a holding register: function 3. */
    holding: address.optional(),
    type: z.enum(TYPES).default("uint16"),
    /** The bits that are meant, moved to the right: `0x0004` is 0 or 1. */
    mask: z.int().min(1).max(0xffff_ffff).optional(),
    scale: z.number().default(1),
    offset: z.number().default(0),
    /** What the device says where it has no value, before mask and scale. */
    missing: z.array(z.number()).max(16).default([]),
    unit: z
      .string(UNIT)
      .regex(/^[!-~]{1,32}$/, UNIT)
      .default("1"),
    kind: z.enum(SERIES_KINDS).default("gauge"),
  })
  .superRefine(({ input, holding, mask, type }, context) => {
    const refuse = (key: string, message: string) => context.addIssue({ code: "custom", path: [key], message });
    if ((input === undefined) === (holding === undefined)) refuse("input", "expected either input or holding, with the register's address");
    if (mask !== undefined && !/^uint(16|32)$/.test(type)) refuse("mask", "expected uint16 or uint32 beside it");
    if (mask !== undefined && type === "uint16" && mask > 0xffff) refuse("mask", "expected at most 0xffff for uint16");
  });

export type Register = z.output<typeof register>;

export const modbusOptions = z
  .strictObject({
    tcp: host.optional(),
    rtu: portPath.optional(),
    ...LINE_KEYS,
    /** Of the device on the bus. */
    unit_id: z.int().min(0).max(247).default(1),
    registers: z.record(name(), register).refine((given) => Object.keys(given).length > 0, "expected at least one register"),
    word_order: z.enum(["big", "little"]).default("big"),
    timeout: duration({ least: micros(50 * MICROS_PER_MS), most: micros(MICROS_PER_MINUTE) }).prefault("1s"),
    /** From an answer to the next question on the same bus. */
    delay: duration({ least: micros(MICROS_PER_MS), most: micros(MICROS_PER_MINUTE) }).prefault("50ms"),
    /** In one question; some devices take fewer than the protocol does. */
    most_registers: z.int().min(4).max(125).default(80),
  })
  .superRefine(({ tcp, rtu }, context) => {
    if ((tcp === undefined) === (rtu === undefined)) {
      context.addIssue({ code: "custom", path: ["tcp"], message: "expected either tcp with a host, or rtu with a serial port" });
    }
  });

export type ModbusOptions = z.output<typeof modbusOptions>;
