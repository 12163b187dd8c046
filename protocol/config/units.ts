/**
 * units: units of measure as people write them, turned into the UCUM code that travels.
 */
import { z } from "zod";

const EXPECTED = "expected a unit like Cel, %, hPa or lx (UCUM, at most 32 characters without spaces)";

/** Only what cannot be mistaken: `C` alone is coulomb, and stays so. */
const AS_WRITTEN: Readonly<Record<string, string>> = {
  "°C": "Cel",
  "℃": "Cel",
  "°F": "[degF]",
  "°": "deg",
  "µg/m³": "ug/m3",
  µs: "us",
  "m³": "m3",
  Ω: "Ohm",
  lux: "lx",
  ppm: "[ppm]",
  rpm: "{rpm}",
};

/** A unit of measure as a person writes it; the result is its UCUM code. */
export function unit() {
  return z
    .string(EXPECTED)
    .transform((text) => AS_WRITTEN[text.normalize("NFC")] ?? text)
    .refine((code) => /^[!-~]{1,32}$/.test(code), EXPECTED);
}
