/**
 * time-zone: IANA names as a schema. A bare offset (`+02:00`) is refused: it knows no summer time.
 */
import { z } from "zod";
import { didYouMean } from "./nearest.ts";

const EXPECTED = "expected an IANA time zone like Europe/Berlin";

/** A zone this machine's tzdata knows, in its usual spelling; the nearest is offered otherwise. */
export function timeZone() {
  return z.string(EXPECTED).transform((text, context): string => {
    const zone = knownZone(text);
    if (zone !== undefined) return zone;
    context.addIssue({ code: "custom", message: `${EXPECTED}, got ${JSON.stringify(text)}${suggestion(text)}` });
    return z.NEVER;
  });
}

/** The zone of this machine. */
export function machineZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function knownZone(text: string): string | undefined {
  if (!/^[A-Za-z]/.test(text)) return undefined;
  const listed = Intl.supportedValuesOf("timeZone").find((zone) => zone.toLowerCase() === text.toLowerCase());
  return listed ?? (isZone(text) ? text : undefined); // older names (Asia/Calcutta, UTC) work, but are in no list
}

function isZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: text });
    return true;
  } catch {
    return false; // RangeError is how Intl says no
  }
}

/** By the whole name, else by the city: "Berlin" is Europe/Berlin. */
function suggestion(text: string): string {
  const zones = [...Intl.supportedValuesOf("timeZone"), "UTC"];
  const whole = didYouMean(text, zones);
  if (whole !== "") return whole;
  const city = text
    .slice(text.lastIndexOf("/") + 1)
    .replaceAll(" ", "_")
    .toLowerCase();
  const zone = zones.find((zone) => zone.toLowerCase().endsWith(`/${city}`));
  return zone === undefined ? "" : `; did you mean ${JSON.stringify(zone)}?`;
}
