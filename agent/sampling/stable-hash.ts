/**
 * stable-hash: a small number from a text, the same on every machine and in every version (FNV-1a, 32 bit).
 *
 * For spreading and for telling configurations apart; not for anything that somebody may want to forge.
 */
export function stableHash(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
