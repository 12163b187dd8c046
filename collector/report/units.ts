/**
 * units: UCUM codes as a person reads them. Files keep the code.
 */
const SHOWN: Readonly<Record<string, string>> = {
  "1": "",
  Cel: "°C",
  "[degF]": "°F",
  "%RH": "%",
  deg: "°",
  Ohm: "Ω",
  "kW.h": "kWh",
  "W.h": "Wh",
  "V.A": "VA",
  "[ppm]": "ppm",
  "[ppb]": "ppb",
  um: "µm",
  "ug/m3": "µg/m³",
  "mg/m3": "mg/m³",
  "g/m3": "g/m³",
  m3: "m³",
  "L/min": "l/min",
  "m/s2": "m/s²",
  By: "B",
};

/** What stands in a table. A unit comes from an agent: what could move a terminal's cursor is not shown. */
export function shownUnit(code: string): string {
  return SHOWN[code] ?? code.replace(/[^\x20-\x7e°µ²³Ω]/g, "?");
}

/** Two decimals, fewer for large numbers and three digits for small ones. */
export function shownNumber(value: number | null): string {
  if (value === null) return "";
  const size = Math.abs(value);
  if (size !== 0 && size < 0.01) return value.toPrecision(3);
  if (size >= 1e15) return value.toExponential(3);
  return value.toFixed(size >= 1e5 ? 0 : 2);
}
