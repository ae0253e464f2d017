import { createRandom } from "../engine/random.ts";

export interface Split {
  /** Row numbers, ascending. */
  train: number[];
  test: number[];
}

/** Holds out a share of the rows of every class, rounded to whole rows; the same seed gives the same split. */
export function stratifiedSplit(labels: readonly number[], share: number, seed: number): Split {
  const test = shuffledClasses(labels, seed).flatMap((rows) =>
    rows.slice(0, Math.round(rows.length * share)),
  );
  return complete(labels, test);
}

/** Splits into folds of nearly equal size and class shares; every row is held out once. */
export function stratifiedFolds(labels: readonly number[], folds: number, seed: number): Split[] {
  // Dealt out like cards, class after class, so that fold sizes differ by one row at most.
  const dealt = shuffledClasses(labels, seed).flat();
  return Array.from({ length: folds }, (_, fold) =>
    complete(
      labels,
      dealt.filter((_row, place) => place % folds === fold),
    ),
  );
}

function shuffledClasses(labels: readonly number[], seed: number): number[][] {
  const random = createRandom(seed);
  const classes = [...new Set(labels)].sort((a, b) => a - b);
  return classes.map((label) => {
    const rows = [...labels.keys()].filter((row) => labels[row] === label);
    return random.permutation(rows.length).map((place) => rows[place] as number);
  });
}

function complete(labels: readonly number[], test: readonly number[]): Split {
  const held = new Set(test);
  const rows = [...labels.keys()];
  return { train: rows.filter((row) => !held.has(row)), test: rows.filter((row) => held.has(row)) };
}
