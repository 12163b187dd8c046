/**
 * may-deflate: can a body come out smaller? Columns that are coded to the bit look like noise, and zlib takes longer to
 * find that out than everything else takes together.
 *
 * It pays where bytes come in sequences again (columns of two channels that are alike, full doubles) or where some bytes
 * are much more frequent than others. Small bodies are always tried: of them there is nothing to be sure of.
 */
const SMALL = 512;
const SEQUENCE = 3;
const SLOT_BITS = 11;

export function mayDeflate(body: Uint8Array): boolean {
  return body.length < SMALL || repeats(body) * 32 > body.length || isUneven(body);
}

/** How many places repeat the bytes of an earlier place; of places with one slot only the last is known. */
function repeats(body: Uint8Array): number {
  const slots = new Uint32Array(2 ** SLOT_BITS);
  let count = 0;
  for (let i = 0; i + SEQUENCE <= body.length; i++) {
    const bytes = (body[i] as number) | ((body[i + 1] as number) << 8) | ((body[i + 2] as number) << 16);
    const slot = Math.imul(bytes, 0x9e3779b1) >>> (32 - SLOT_BITS);
    if (slots[slot] === bytes + 1) count += 1;
    slots[slot] = bytes + 1;
  }
  return count;
}

/** Are pairs of equal bytes an eighth more frequent than among random ones? */
function isUneven(body: Uint8Array): boolean {
  const counts = new Uint32Array(256);
  for (let i = 0; i < body.length; i++) counts[body[i] as number] = (counts[body[i] as number] as number) + 1;
  const pairs = counts.reduce((sum, count) => sum + count * (count - 1), 0);
  return pairs * 256 > body.length * (body.length - 1) * 1.125;
}
