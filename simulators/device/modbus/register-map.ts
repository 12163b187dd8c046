/**
 * register-map: what the made-up boiler has in which register, in every form in which such devices have numbers.
 *
 * The same map answers function 3 (holding registers) and function 4 (input registers), as many meters do. Addresses
 * count from 0, as in the protocol; manuals often count from 30001 or 40001. A number of several registers has its
 * high word first, unless its entry says otherwise.
 */
export const TYPES = ["int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"] as const;
export type RegisterType = (typeof TYPES)[number];

export interface Register {
  readonly address: number;
  /** As in a config. */
  readonly name: string;
  readonly type: RegisterType;
  /** Which word comes first. */
  readonly wordOrder: "big" | "little";
  /** Of the profile `boiler`. */
  readonly channel: string;
  readonly unit: string;
  /** What is read, times this, is the value. */
  readonly scale: number;
}

const register = (
  address: number,
  name: string,
  type: RegisterType,
  channel: string,
  unit: string,
  scale: number,
  wordOrder: "big" | "little" = "big",
): Register => ({
  ...{ address, name, type, channel, unit, scale, wordOrder },
});

export const REGISTERS: readonly Register[] = [
  register(0, "flow", "int16", "flow", "Cel", 0.1),
  register(1, "return", "int16", "return", "Cel", 0.1),
  register(2, "pressure", "uint16", "pressure", "bar", 0.01),
  register(3, "burner", "uint16", "burner", "1", 1),
  register(10, "flow_int32", "int32", "flow", "Cel", 0.001),
  register(12, "gas_uint32", "uint32", "gas", "m3", 0.001),
  register(14, "gas_int64", "int64", "gas", "m3", 0.001),
  register(18, "gas_uint64", "uint64", "gas", "m3", 0.001),
  register(30, "flow_float32", "float32", "flow", "Cel", 1),
  register(32, "flow_float64", "float64", "flow", "Cel", 1),
  register(40, "gas_uint32_swapped", "uint32", "gas", "m3", 0.001, "little"),
  register(42, "flow_float32_swapped", "float32", "flow", "Cel", 1, "little"),
];

const BYTES: Readonly<Record<RegisterType, number>> = {
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
  float32: 4,
  float64: 8,
};

/** Registers that it takes. */
export function wordsOf(type: RegisterType): number {
  return BYTES[type] / 2;
}

const LAST = Math.max(...REGISTERS.map(({ address, type }) => address + wordsOf(type) - 1));

/** The registers from `first` on; registers between those of the map are 0. Undefined where there are none. */
export function readRegisters(values: Readonly<Record<string, number>>, first: number, count: number): Buffer | undefined {
  if (first + count - 1 > LAST) return undefined;
  const all = Buffer.alloc((LAST + 1) * 2);
  for (const entry of REGISTERS) encode(entry, values[entry.channel] ?? 0).copy(all, entry.address * 2);
  return all.subarray(first * 2, (first + count) * 2);
}

/** A value that its type cannot hold stands at its end: a device has no other number for it. */
function encode({ type, scale, wordOrder }: Register, value: number): Buffer {
  const bytes = Buffer.alloc(BYTES[type]);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (type === "float32") view.setFloat32(0, value);
  else if (type === "float64") view.setFloat64(0, value);
  else writeInteger(view, type, Math.round(value / scale));
  return wordOrder === "big"
    ? bytes
    : Buffer.concat(
        bytes
          .toString("hex")
          .match(/.{4}/g)
          ?.toReversed()
          .map((word) => Buffer.from(word, "hex")) ?? [],
      );
}

function writeInteger(view: DataView, type: RegisterType, value: number): void {
  const bits = BigInt(view.byteLength * 8);
  const isSigned = type.startsWith("int");
  const [least, most] = isSigned ? [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n] : [0n, (1n << bits) - 1n];
  const asked = BigInt(value);
  const held = asked < least ? least : asked > most ? most : asked;
  const words = BigInt.asUintN(Number(bits), held);
  for (let word = 0; word < view.byteLength / 2; word++)
    view.setUint16(word * 2, Number((words >> (bits - 16n * BigInt(word + 1))) & 0xffffn));
}
