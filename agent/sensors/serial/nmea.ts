/**
 * nmea: the sum of a sentence of NMEA 0183: all characters between `$` and `*`, exclusive-or, as two hex digits.
 */
const SENTENCE = /^[$!]([^*]*)\*([0-9A-Fa-f]{2})\s*$/;

export function isIntact(line: string): boolean {
  const [, text, sum = ""] = SENTENCE.exec(line) ?? [];
  if (text === undefined) return false;
  let found = 0;
  for (const byte of Buffer.from(text, "latin1")) found ^= byte;
  return found === Number.parseInt(sum, 16);
}
