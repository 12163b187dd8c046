/**
 * quantities: what an attribute of a hwmon chip measures, by the beginning of its name.
 *
 * Units of the kernel are those of Documentation/hwmon/sysfs-interface: millivolt, milli-degrees Celsius,
 * revolutions per minute, milliampere, microwatt, microjoule, milli-percent, hertz. An alarm is 0 or 1.
 */
import type { SeriesKind } from "../../../protocol/index.ts";

export interface Quantity {
  /** UCUM code. */
  readonly unit: string;
  /** One of the unit is this many of the kernel's. */
  readonly divisor: number;
  readonly kind: SeriesKind;
}

const gauge = (unit: string, divisor: number): Quantity => ({ unit, divisor, kind: "gauge" });

const ALARM: Quantity = { unit: "1", divisor: 1, kind: "state" };

const BY_TYPE = {
  temp: gauge("Cel", 1e3),
  in: gauge("V", 1e3),
  curr: gauge("A", 1e3),
  power: gauge("W", 1e6),
  energy: { ...gauge("J", 1e6), kind: "counter" },
  humidity: gauge("%RH", 1e3),
  fan: gauge("{rpm}", 1),
  freq: gauge("Hz", 1),
} as const satisfies Readonly<Record<string, Quantity>>;

export type InputType = keyof typeof BY_TYPE;

export const INPUT_TYPES = Object.keys(BY_TYPE) as readonly InputType[];

/** `temp1` (its `temp1_input`), or an alarm: `in0_lcrit_alarm`. */
export const INPUT = new RegExp(`^(?<type>${INPUT_TYPES.join("|")})\\d+(?<alarm>(?:_[a-z]+)?_alarm)?$`);

/** Of `temp1`, `in0_lcrit_alarm`, or of a type alone. */
export function quantityOf(input: string): Quantity | undefined {
  const { type, alarm } = INPUT.exec(input)?.groups ?? { type: input };
  if (alarm !== undefined) return ALARM;
  return Object.hasOwn(BY_TYPE, type ?? "") ? BY_TYPE[type as InputType] : undefined;
}
