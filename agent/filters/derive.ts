/**
 * derive: a channel that no sensor has, reckoned from others by a named formula.
 *
 * - It is no filter of one channel, so it is in no list of filters: it stands where a channel stands, and may have
 *   filters of its own. The sampler sees to the instants (agent/sampling/derived.ts); here is what is reckoned.
 * - Formulas have names, and are no text to be parsed: so each knows its units, brings its inputs to them, says the unit of
 *   what comes out, and refuses when the config is read what makes no sense. Nothing from a config is ever executed.
 * - A result that is no finite number (the dew point of air with no water) is dropped and counted.
 * - Magnus formula over water: WMO-No. 8, Guide to Instruments and Methods of Observation, annex 4.B. Pressure at sea level:
 *   the same, part I, 3.11, with the standard lapse of 6.5 K in a kilometre.
 */
import type { Formula, Measure, Prepared, Refusal } from "./contract.ts";
import { conversion } from "./units/conversion.ts";
import { differenceOf, hasOwnZero, LONGEST_UNIT, scaleOf } from "./units/ucum.ts";

type Reckon = (values: readonly number[]) => number;
type Inputs = readonly (Measure | undefined)[];

const GAUGE = "gauge" as const;

/** Grams of water in a cubic metre, at 1 hPa and 1 K: the molar mass of water over the gas constant. */
const WATER_VAPOUR = 216.679;

export const FORMULAS: Readonly<Record<string, Formula>> = Object.fromEntries(
  [
    named("dew_point", { temperature: "Cel", humidity: "%" }, "Cel", ([t = 0, rh = 0]) => dewPoint(t, rh)),
    named("absolute_humidity", { temperature: "Cel", humidity: "%" }, "g/m3", ([t = 0, rh = 0]) => {
      return (WATER_VAPOUR * saturation(t) * rh) / 100 / (t + 273.15);
    }),
    named("vapour_pressure_deficit", { temperature: "Cel", humidity: "%" }, "hPa", ([t = 0, rh = 0]) => saturation(t) * (1 - rh / 100)),
    named("sea_level_pressure", { pressure: "hPa", temperature: "Cel", altitude: "m" }, "hPa", ([p = 0, t = 0, h = 0]) => {
      const lapse = 0.0065 * h;
      return p * (1 - lapse / (t + lapse + 273.15)) ** -5.257;
    }),
    named("power", { voltage: "V", current: "A" }, "W", ([v = 0, a = 0]) => v * a),
    alike("sum", (values) => values.reduce((sum, value) => sum + value, 0), summed),
    alike("difference", ([first = 0, ...rest]) => rest.reduce((left, value) => left - value, first), subtracted),
    alike("mean", (values) => values.reduce((sum, value) => sum + value / values.length, 0), asGauge),
    alike("min", (values) => Math.min(...values), asGauge),
    alike("max", (values) => Math.max(...values), asGauge),
    multiplied("product", ".", (values) => values.reduce((product, value) => product * value, 1)),
    multiplied("ratio", "/", ([first = 0, ...rest]) => rest.reduce((left, value) => left / value, first)),
  ].map((formula) => [formula.name, formula]),
);

/** Over water, in hPa. */
function saturation(t: number): number {
  return 6.112 * Math.exp((17.62 * t) / (243.12 + t));
}

function dewPoint(t: number, rh: number): number {
  const share = Math.log(rh / 100) + (17.62 * t) / (243.12 + t);
  return (243.12 * share) / (17.62 - share);
}

/** A formula whose inputs have names, each with the unit it is reckoned in. A number in the config is in that unit. */
function named(name: string, inputs: Readonly<Record<string, string>>, unit: string, reckon: Reckon): Formula {
  const units = Object.values(inputs);
  return {
    name,
    inputs: Object.keys(inputs),
    prepare: (given) => withUnits(name, given, units, { unit, kind: GAUGE }, reckon),
  };
}

/** A formula over a list of one quantity, reckoned in the unit of the first. */
function alike(name: string, reckon: Reckon, after: (first: Measure, all: Inputs) => Measure | Refusal): Formula {
  return {
    name,
    inputs: undefined,
    prepare(given) {
      const first = given.find((each) => each !== undefined);
      if (first === undefined) return { refuse: `${name} needs a channel: what is made of numbers alone never changes` };
      const strange = given.find((each) => each?.kind === "angle" || each?.kind === "state");
      if (strange !== undefined) return { refuse: `${name} needs gauges or counters, and one of its inputs is of kind ${strange.kind}` };
      const measure = after(first, given);
      const same = given.map(() => first.unit);
      return "refuse" in measure ? measure : withUnits(name, given, same, measure, reckon);
    },
  };
}

/** A formula whose unit is made of those of its inputs. */
function multiplied(name: string, sign: "." | "/", reckon: Reckon): Formula {
  return {
    name,
    inputs: undefined,
    prepare(given): Prepared | Refusal {
      const units = given.map((each) => each?.unit ?? "1");
      const scale = units.find(hasOwnZero);
      if (scale !== undefined) return { refuse: `${name} of ${scale} has no meaning, for its zero is not nothing: convert it to K before` };
      const isShare = sign === "/" && units.length === 2 && conversion(units[1] ?? "", units[0] ?? "") !== undefined;
      if (isShare) return withUnits(name, given, [units[0] ?? "1", units[0] ?? "1"], { unit: "1", kind: GAUGE }, reckon);
      const unit = joined(units, sign);
      return unit.length <= LONGEST_UNIT
        ? { measure: { unit, kind: GAUGE }, compute: reckon }
        : { refuse: `its unit would be ${unit}, of more than ${LONGEST_UNIT} characters` };
    },
  };
}

/** `V.A`, `m/s`; what has an operator of its own stands in brackets behind a stroke. */
function joined(units: readonly string[], sign: "." | "/"): string {
  const [first = "1", ...rest] = units;
  const others = rest.filter((unit) => unit !== "1").map((unit) => (sign === "/" && /[./]/.test(unit) ? `(${unit})` : unit));
  if (sign === ".") return [first, ...others].filter((unit) => unit !== "1").join(".") || "1";
  return [first, ...others].join("/");
}

function withUnits(name: string, given: Inputs, units: readonly string[], measure: Measure, reckon: Reckon): Prepared | Refusal {
  const conversions = given.map((each, index) => {
    const unit = units[index] ?? "1";
    return each === undefined ? (value: number) => value : conversion(each.unit, unit);
  });
  const wrong = conversions.indexOf(undefined);
  if (wrong >= 0) {
    const unit = given[wrong]?.unit ?? "";
    const advice = scaleOf(unit) === undefined || unit === "1" ? "; if it is one, give its channel its `unit`" : "";
    return { refuse: `${name} needs what can be converted to ${units[wrong]}, and ${unit} cannot${advice}`, input: wrong };
  }
  return { measure, compute: (values) => reckon(values.map((value, index) => conversions[index]?.(value) ?? value)) };
}

function asGauge({ unit, isDifference }: Measure): Measure {
  return { unit, kind: GAUGE, ...(isDifference && { isDifference }) };
}

/** Counters together count on; temperatures have no sum. */
function summed({ unit, isDifference }: Measure, all: Inputs): Measure | Refusal {
  if (hasOwnZero(unit)) return { refuse: `a sum of ${unit} has no meaning, for its zero is not nothing: use mean` };
  return { unit, kind: all.every((each) => each?.kind === "counter") ? "counter" : GAUGE, ...(isDifference && { isDifference }) };
}

/** The difference of two temperatures is one in kelvin. */
function subtracted({ unit }: Measure): Measure {
  const isTemperature = conversion(unit, "K") !== undefined;
  return { unit: differenceOf(unit), kind: GAUGE, ...(isTemperature && { isDifference: true }) };
}
