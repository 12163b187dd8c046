/**
 * ucum: units of measure as factors, so that any two of one quantity can be converted.
 *
 * - A unit is a product of atoms with metric prefixes and exponents: `km/h`, `kW.h`, `ug/m3`, `J/(s.m2)`.
 * - Factors are those of the Unified Code for Units of Measure (ucum.org, version 2.1), whose atoms stand here as far as
 *   sensors need them; beside them `%RH`, as SenML (RFC 8428) writes relative humidity, and `{rpm}`.
 * - Temperatures on a scale with a zero of its own (`Cel`, `[degF]`) stand alone, never in a product.
 */

export interface Scale {
  /** How many of the base units one of these is. */
  readonly factor: number;
  /** Where its zero lies, in base units; 0 for all but temperatures. */
  readonly zero: number;
  /** Exponents of the base units, as a text: two units with the same one can be converted. */
  readonly dimension: string;
}

type Exponents = Readonly<Record<string, number>>;
interface Product {
  readonly factor: number;
  readonly exponents: Exponents;
}

const PREFIXES: Readonly<Record<string, number>> = {
  T: 1e12,
  G: 1e9,
  M: 1e6,
  k: 1e3,
  h: 1e2,
  da: 1e1,
  d: 1e-1,
  c: 1e-2,
  m: 1e-3,
  u: 1e-6,
  n: 1e-9,
  p: 1e-12,
};

/** By code: a number times other units. Those of the first table take prefixes. */
const METRIC: Readonly<Record<string, readonly [factor: number, of: string]>> = {
  Hz: [1, "/s"],
  N: [1_000, "g.m/s2"],
  Pa: [1, "N/m2"],
  J: [1, "N.m"],
  W: [1, "J/s"],
  C: [1, "A.s"],
  V: [1, "W/A"],
  Ohm: [1, "V/A"],
  S: [1, "A/V"],
  F: [1, "C/V"],
  Wb: [1, "V.s"],
  T: [1, "Wb/m2"],
  H: [1, "Wb/A"],
  lm: [1, "cd"],
  lx: [1, "lm/m2"],
  L: [1, "dm3"],
  l: [1, "dm3"],
  t: [1_000, "kg"],
  bar: [1e5, "Pa"],
  cal: [4.184, "J"],
  "m[Hg]": [133.322, "kPa"],
  "m[H2O]": [9.80665, "kPa"],
  By: [8, "bit"],
};

const CUSTOMARY: Readonly<Record<string, readonly [factor: number, of: string]>> = {
  min: [60, "s"],
  h: [60, "min"],
  d: [24, "h"],
  wk: [7, "d"],
  a: [365.25, "d"],
  deg: [Math.PI / 180, "rad"],
  "%": [1e-2, "1"],
  "%RH": [1e-2, "1"],
  "[ppth]": [1e-3, "1"],
  "[ppm]": [1e-6, "1"],
  "[ppb]": [1e-9, "1"],
  "{rpm}": [1, "/min"],
  "[degR]": [5 / 9, "K"],
  atm: [101_325, "Pa"],
  "[psi]": [6_894.757293168361, "Pa"],
  "[in_i'Hg]": [0.0254 * 133_322, "Pa"],
  "[in_i]": [2.54, "cm"],
  "[ft_i]": [12, "[in_i]"],
  "[yd_i]": [3, "[ft_i]"],
  "[mi_i]": [5_280, "[ft_i]"],
  "[nmi_i]": [1_852, "m"],
  "[kn_i]": [1, "[nmi_i]/h"],
  "[lb_av]": [453.59237, "g"],
  "[oz_av]": [28.349523125, "g"],
  "[gal_us]": [3.785411784, "L"],
  "[Btu_IT]": [1_055.05585262, "J"],
  "[HP]": [745.6998715822702, "W"],
};

const BASE = new Set(["m", "g", "s", "A", "K", "cd", "mol", "rad", "bit"]);

const TEMPERATURES: Readonly<Record<string, readonly [factor: number, zero: number]>> = {
  Cel: [1, 273.15],
  "[degF]": [5 / 9, (459.67 * 5) / 9],
};

/** What can be converted, in words and examples, for errors. */
const QUANTITIES: readonly (readonly [quantity: string, ...examples: string[]])[] = [
  ["temperature", "Cel", "[degF]", "K"],
  ["pressure", "hPa", "kPa", "bar", "mm[Hg]", "[psi]", "atm"],
  ["length", "m", "mm", "km", "[in_i]", "[ft_i]", "[mi_i]"],
  ["speed", "m/s", "km/h", "[kn_i]", "[mi_i]/h"],
  ["energy", "J", "kW.h", "kcal", "[Btu_IT]"],
  ["power", "W", "kW", "[HP]"],
  ["ratio", "%", "1", "[ppm]", "[ppb]"],
  ["volume", "L", "m3", "[gal_us]"],
  ["flow", "L/min", "m3/h"],
  ["mass", "g", "kg", "[lb_av]"],
  ["concentration", "ug/m3", "mg/m3", "g/L"],
  ["time", "s", "min", "h", "d"],
  ["frequency", "Hz", "{rpm}", "/min"],
  ["angle", "deg", "rad"],
  ["voltage", "V", "mV"],
  ["current", "A", "mA"],
  ["resistance", "Ohm", "kOhm"],
  ["charge", "C", "A.h"],
  ["illuminance", "lx", "klx"],
  ["information", "By", "kBy", "bit"],
];

/** @returns undefined where the code has a part that is not known here. */
export function scaleOf(code: string): Scale | undefined {
  const temperature = Object.hasOwn(TEMPERATURES, code) ? TEMPERATURES[code] : undefined;
  if (temperature !== undefined) return { factor: temperature[0], zero: temperature[1], dimension: "K1" };
  const found = parse(code);
  if (found === undefined) return undefined;
  const exponents = Object.entries(found.exponents).filter(([, exponent]) => exponent !== 0);
  return {
    factor: found.factor,
    zero: 0,
    dimension: exponents
      .map((each) => each.join(""))
      .toSorted()
      .join(" "),
  };
}

/** Does the zero of this unit lie somewhere else than at nothing? */
export function hasOwnZero(code: string): boolean {
  return Object.hasOwn(TEMPERATURES, code);
}

/** What the difference of two of these is in: of degrees Celsius, kelvin. */
export function differenceOf(code: string): string {
  return { Cel: "K", "[degF]": "[degR]" }[code] ?? code;
}

/** The longest code that a unit may have. */
export const LONGEST_UNIT = 32;

/** What `code` measures, and units it can be converted to: "temperature: Cel, [degF], K"; undefined where there is no word for it. */
export function quantityOf(code: string): string | undefined {
  const dimension = scaleOf(code)?.dimension;
  const found = QUANTITIES.find(([, example = ""]) => scaleOf(example)?.dimension === dimension);
  return dimension === undefined || found === undefined ? undefined : `${found[0]}: ${found.slice(1).join(", ")}`;
}

/** Everything that can be converted, in one line. */
export function allQuantities(): string {
  return QUANTITIES.map(([quantity, ...examples]) => `${quantity} (${examples.join(", ")})`).join(", ");
}

/**
 * Recursive descent over `term = ["/"] part (("." | "/") part)*`; `/` and `.` bind alike, from left to right, as UCUM has it.
 * @returns undefined where something is not understood.
 */
function parse(code: string): Product | undefined {
  const tokens = code.match(/[./()]|\{[^{}]*\}|(?:\[[^[\]]+\]|[A-Za-z%'])+|[+-]?\d+/g) ?? [];
  if (tokens.join("") !== code || code === "") return undefined;
  let next = 0;

  function term(): Product | undefined {
    let product: Product | undefined = ONE;
    if (tokens[next] !== "/") product = part();
    while (product !== undefined && (tokens[next] === "." || tokens[next] === "/")) {
      const sign = tokens[next++] === "/" ? -1 : 1;
      const factor = part();
      product = factor && times(product, factor, sign);
    }
    return product;
  }

  function part(): Product | undefined {
    const token = tokens[next++];
    if (token === undefined || /^[./)]$/.test(token)) return undefined;
    if (token === "(") {
      const inner = term();
      return tokens[next++] === ")" ? inner : undefined;
    }
    if (/^\d+$/.test(token)) return { factor: Number(token), exponents: {} };
    const unit = unitOf(token);
    const exponent = /^[+-]?\d+$/.test(tokens[next] ?? "") ? Number(tokens[next++]) : 1;
    return unit && times(ONE, unit, exponent);
  }

  const product = term();
  return next === tokens.length ? product : undefined;
}

const ONE: Product = { factor: 1, exponents: {} };

function times(a: Product, b: Product, power: number): Product {
  const exponents: Record<string, number> = { ...a.exponents };
  for (const [base, exponent] of Object.entries(b.exponents)) exponents[base] = (exponents[base] ?? 0) + exponent * power;
  return { factor: a.factor * b.factor ** power, exponents };
}

function unitOf(symbol: string): Product | undefined {
  const whole = atom(symbol, METRIC) ?? atom(symbol, CUSTOMARY);
  if (whole !== undefined) return whole;
  for (const [prefix, factor] of Object.entries(PREFIXES)) {
    const rest = symbol.startsWith(prefix) ? atom(symbol.slice(prefix.length), METRIC) : undefined;
    if (rest !== undefined) return { ...rest, factor: rest.factor * factor };
  }
  return undefined;
}

function atom(symbol: string, table: typeof METRIC): Product | undefined {
  if (table === METRIC && BASE.has(symbol)) return { factor: 1, exponents: { [symbol]: 1 } };
  const [factor, of] = Object.hasOwn(table, symbol) ? (table[symbol] ?? []) : [];
  if (factor === undefined || of === undefined) return undefined;
  const product = parse(of);
  return product && { ...product, factor: product.factor * factor };
}
