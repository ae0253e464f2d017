/** Uniform numbers in [0, 1) by mulberry32 (T. Ettinger): the same seed gives the same sequence everywhere. */
export function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Standard normal numbers, each of two uniform ones (Box and Muller). */
export function normalNumbers(seed: number, count: number): Float64Array {
  const uniform = mulberry32(seed);
  return Float64Array.from({ length: count }, () => {
    const [radius, angle] = [uniform(), uniform()];
    return Math.sqrt(-2 * Math.log(1 - radius)) * Math.cos(2 * Math.PI * angle);
  });
}
