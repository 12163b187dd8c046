/**
 * devices: what the messages of Zigbee2MQTT and Tasmota hold, with units.
 *
 * - Zigbee2MQTT gives the voltage of batteries in millivolts, that of plugs in volts: a thousand and more is the former.
 * - What is the name of a state (`OPEN`, `heat`) is given as it stands, for the filter `map`.
 * - Tasmota says its units once for all sensors (`TempUnit`, `PressureUnit`): everything becomes Cel and hPa.
 * - Firmware is known that says hectopascal and means pascal: an air pressure that no place on earth has is suspect.
 */
import { nearestName } from "../../../protocol/index.ts";
import type { ChannelSpec, RawValue } from "../contract.ts";
import { parseJson, pointed } from "../text/json.ts";
import { type TextReader, textReader } from "../text/reader.ts";
import type { MqttOptions } from "./options.ts";

type Known = Pick<ChannelSpec, "unit" | "kind">;

const gauge = (unit: string): Known => ({ unit, kind: "gauge" });
const STATE: Known = { unit: "1", kind: "state" };

/** By the key in lower case. */
const KNOWN: Readonly<Record<string, Known>> = {
  temperature: gauge("Cel"),
  dewpoint: gauge("Cel"),
  local_temperature: gauge("Cel"),
  humidity: gauge("%RH"),
  soil_moisture: gauge("%"),
  pressure: gauge("hPa"),
  seapressure: gauge("hPa"),
  battery: gauge("%"),
  voltage: gauge("V"),
  current: gauge("A"),
  power: gauge("W"),
  apparentpower: gauge("V.A"),
  frequency: gauge("Hz"),
  energy: { unit: "kW.h", kind: "counter" },
  total: { unit: "kW.h", kind: "counter" },
  today: gauge("kW.h"),
  yesterday: gauge("kW.h"),
  illuminance: gauge("lx"),
  illuminance_lux: gauge("lx"),
  co2: gauge("[ppm]"),
  carbondioxide: gauge("[ppm]"),
  pm25: gauge("ug/m3"),
  "pm2.5": gauge("ug/m3"),
  pm10: gauge("ug/m3"),
  distance: gauge("cm"),
  state: STATE,
  contact: STATE,
  occupancy: STATE,
  water_leak: STATE,
  smoke: STATE,
  tamper: STATE,
};

/** Air pressure from the highest mountain to the deepest mine. */
const [LOWEST_PRESSURE, HIGHEST_PRESSURE] = [300, 1_200];

/** hPa in one of it. */
const PRESSURE_UNITS: ReadonlyMap<unknown, number> = new Map(
  Object.entries({ hPa: 1, mbar: 1, kPa: 10, mmHg: 1.33322387415, inHg: 33.8638866667 }),
);

interface Field {
  readonly channel: string;
  readonly pointer: string;
  readonly known: Known;
}

/** Undefined where the config names no such device. */
export function deviceChannels(options: MqttOptions): readonly ChannelSpec[] | undefined {
  return fieldsOf(options)?.map(({ channel, known }) => ({ name: channel, ...known }));
}

/** Undefined where the config names no such device. */
export async function deviceReader(options: MqttOptions): Promise<TextReader | undefined> {
  const fields = fieldsOf(options);
  if (fields === undefined) return undefined;
  const read = await textReader({ ...options, json: Object.fromEntries(fields.map(({ channel, pointer }) => [channel, pointer])) });
  return (text, count) => {
    const sample = read(text, count);
    if (sample === undefined) return undefined;
    const document = parseJson(text)?.document;
    const entries = fields.flatMap(({ channel, known }) => {
      const value = sample.values[channel];
      if (value === undefined) return [];
      return [[channel, typeof value === "number" ? inUnit(known.unit, value, document) : value] as const];
    });
    return { ...sample, values: Object.fromEntries(entries) };
  };
}

function fieldsOf({ zigbee2mqtt, tasmota }: MqttOptions): readonly Field[] | undefined {
  const prefix = tasmota === undefined ? "" : `/${escaped(tasmota.sensor)}`;
  return (zigbee2mqtt ?? tasmota?.fields)?.map((key) => ({
    channel: nearestName(key.replace(/([a-z])([A-Z])/g, "$1_$2")),
    pointer: `${prefix}/${escaped(key)}`,
    known: KNOWN[key.toLowerCase()] ?? gauge("1"),
  }));
}

function inUnit(unit: string, value: number, document: unknown): RawValue {
  if (unit === "V") return value >= 1_000 ? value / 1_000 : value;
  if (unit === "Cel") return pointed(document, "/TempUnit") === "F" ? rounded(((value - 32) * 5) / 9) : value;
  if (unit !== "hPa") return value;
  const pressure = rounded(value * (PRESSURE_UNITS.get(pointed(document, "/PressureUnit")) ?? 1));
  const isPossible = pressure >= LOWEST_PRESSURE && pressure <= HIGHEST_PRESSURE;
  return isPossible ? pressure : { value: pressure, quality: "suspect", reason: "unlikely_pressure" };
}

/** Digits behind that are noise of the multiplication. */
function rounded(value: number): number {
  return Number(value.toFixed(3));
}

function escaped(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
