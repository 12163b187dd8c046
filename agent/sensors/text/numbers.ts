/**
 * numbers: a number as devices and files write it.
 *
 * Stricter than JavaScript (no hexadecimal, nothing empty), but it knows how programs write what is no number:
 * `nan` and `inf` come back as such, for the sampler counts them as dropped and the text is not at fault.
 */
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const NOT_FINITE = /^([+-]?)(?:(nan)|inf(?:inity)?)$/i;

/** The number in `text`, or undefined where it is none. */
export function parseNumber(text: string): number | undefined {
  if (DECIMAL.test(text)) return Number(text);
  const match = NOT_FINITE.exec(text);
  if (match === null) return undefined;
  if (match[2] !== undefined) return Number.NaN;
  return match[1] === "-" ? -Infinity : Infinity;
}
