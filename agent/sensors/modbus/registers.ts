/**
 * registers: which questions bring the registers of a config, and what number stands in an answer.
 *
 * Bytes of a register are big-endian (Modbus Application Protocol 1.1b3, 4.2). How several make one number is left
 * open there: `big` has the most significant register first, as most meters do, `little` the last.
 */
import type { Micros } from "../../../protocol/index.ts";
import type { ModbusOptions, Register, RegisterType } from "./options.ts";

export interface Question {
  readonly code: 3 | 4;
  readonly unit: number;
  readonly address: number;
  readonly count: number;
  readonly timeout: Micros;
  /** From the end of the answer before. */
  readonly delay: Micros;
}

export interface Block {
  readonly code: 3 | 4;
  readonly address: number;
  readonly count: number;
  /** Where each channel's bytes begin in the answer. */
  readonly channels: readonly { readonly name: string; readonly offset: number }[];
}

const WORDS: Readonly<Record<RegisterType, number>> = {
  uint16: 1,
  int16: 1,
  uint32: 2,
  int32: 2,
  float32: 2,
  uint64: 4,
  int64: 4,
  float64: 4,
};

interface Wanted {
  readonly name: string;
  readonly code: 3 | 4;
  readonly from: number;
  /** Behind its last register. */
  readonly to: number;
}

/** Only what touches or overlaps is asked for together: many devices refuse a question with a register they lack. */
export function blocksOf(registers: ModbusOptions["registers"], most: number): readonly Block[] {
  const wanted = Object.entries(registers)
    .map(([name, { input, holding, type }]): Wanted => {
      const from = input ?? holding ?? 0;
      return { name, code: input === undefined ? 3 : 4, from, to: from + WORDS[type] };
    })
    .sort((a, b) => a.code - b.code || a.from - b.from);

  const groups: Wanted[][] = [];
  for (const each of wanted) {
    const group = groups.at(-1);
    const [first] = group ?? [];
    const end = Math.max(...(group ?? []).map(({ to }) => to));
    const fits = first?.code === each.code && each.from <= end && Math.max(end, each.to) - first.from <= most;
    if (fits) group?.push(each);
    else groups.push([each]);
  }
  return groups.map((group) => {
    const [{ code, from }] = group as [Wanted];
    const count = Math.max(...group.map(({ to }) => to)) - from;
    return { code, address: from, count, channels: group.map((each) => ({ name: each.name, offset: (each.from - from) * 2 })) };
  });
}

/** @param bytes from the register's first on. @returns undefined where the device says that it has none. */
export function numberIn(bytes: Uint8Array, register: Register, order: ModbusOptions["word_order"]): number | undefined {
  const raw = rawOf(bytes, register.type, order);
  if (register.missing.includes(raw)) return undefined;
  const meant = register.mask === undefined ? raw : ((raw & register.mask) >>> 0) / lowestBit(register.mask);
  return withoutNoise(meant * register.scale + register.offset, register);
}

function rawOf(bytes: Uint8Array, type: RegisterType, order: ModbusOptions["word_order"]): number {
  const words = Array.from({ length: WORDS[type] }, (_, index) => bytes.subarray(index * 2, index * 2 + 2));
  const inOrder = Buffer.concat(order === "big" ? words : words.reverse());
  switch (type) {
    case "uint16":
      return inOrder.readUInt16BE();
    case "int16":
      return inOrder.readInt16BE();
    case "uint32":
      return inOrder.readUInt32BE();
    case "int32":
      return inOrder.readInt32BE();
    case "uint64":
      return Number(inOrder.readBigUInt64BE());
    case "int64":
      return Number(inOrder.readBigInt64BE());
    case "float32":
      return shortest(inOrder.readFloatBE());
    case "float64":
      return inOrder.readDoubleBE();
  }
}

/** The number with the fewest digits that is this float32: 236.4939, not 236.49386596679688, which costs bytes and says no more. */
function shortest(value: number): number {
  for (let digits = 6; digits < 10; digits++) {
    const candidate = Number(value.toPrecision(digits));
    if (Math.fround(candidate) === value) return candidate;
  }
  return value;
}

/** Multiplication by 0.1 makes digits that nobody measured: no more than twelve are kept. */
function withoutNoise(value: number, { scale, offset }: Register): number {
  return Number.isInteger(scale) && Number.isInteger(offset) ? value : Number(value.toPrecision(12));
}

function lowestBit(mask: number): number {
  return 2 ** (31 - Math.clz32(mask & -mask));
}
