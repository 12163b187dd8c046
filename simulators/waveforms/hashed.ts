/**
 * hashed: randomness that is looked up, not drawn: a number for (seed, index), the same whenever it is asked.
 *
 * The mixing is the finaliser of MurmurHash3 (Austin Appleby, public domain): each bit of the input changes
 * about half of the output. Good enough for weather, not for keys.
 */

/** Uniform in [0, 1). `index` is a safe integer, negative ones included. */
export function uniform(seed: number, index: number): number {
  const high = Math.floor(index / 2 ** 32);
  return mix(mix(mix(seed) ^ (index | 0)) + high) / 2 ** 32;
}

/** One after the other, uniform in [0, 1): the same row for the same seed. */
export function seededFractions(seed: number): () => number {
  let index = 0;
  return () => uniform(seed, index++);
}

/** A seed of its own for each named thing, so that two channels of one sensor do not move alike. */
export function seedFor(seed: number, name: string): number {
  let hash = mix(seed);
  for (let index = 0; index < name.length; index++) hash = mix(hash ^ name.charCodeAt(index));
  return hash;
}

function mix(value: number): number {
  let hash = (value + 0x9e3779b9) | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
