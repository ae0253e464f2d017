/** Seeded numbers: the same seed gives the same sequence on every machine. */
export interface Random {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Normal with mean 0 and variance 1. */
  normal(): number;
  /** The whole numbers from 0 to before `count`, in random order. */
  permutation(count: number): number[];
  /** What is needed to go on from here: whole numbers, by name. */
  state(): RandomState;
  /** Goes on from where `state` was taken, be it of another generator. */
  resume(state: RandomState): void;
}

export type RandomState = Readonly<Record<"a" | "b" | "c" | "counter", number>>;

/** sfc32 (C. Doty-Humphrey, PractRand), started from one 32-bit seed. */
export function createRandom(seed: number): Random {
  let [a, b, c, counter] = [0x9e3779b9, 0x243f6a88, seed | 0, 1];
  const next = (): number => {
    const result = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + result) | 0;
    return result >>> 0;
  };
  for (let round = 0; round < 15; round++) next();
  const uniform = (): number => next() / 2 ** 32;
  return {
    uniform,
    // Box and Muller; 1 - u keeps the logarithm finite.
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    permutation(count) {
      const order = Array.from({ length: count }, (_, index) => index);
      for (let last = count - 1; last > 0; last--) {
        const other = Math.floor(uniform() * (last + 1));
        [order[last], order[other]] = [order[other] as number, order[last] as number];
      }
      return order;
    },
    state: () => ({ a, b, c, counter }),
    resume: (state) => void ({ a, b, c, counter } = state),
  };
}
