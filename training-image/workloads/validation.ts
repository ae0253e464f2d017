import { deviation, mean } from "./scores.ts";
import { type Split, stratifiedFolds, stratifiedSplit } from "./split.ts";

/** SPEC K-09. No parameter changes the seed, so that no search can choose what it is measured on. */
const heldOutShare = 0.2;
const splitSeed = 42;

/** The rows that are trained on and those that the trained model is measured on. */
export function holdOut(labels: readonly number[]): Split {
  return stratifiedSplit(labels, heldOutShare, splitSeed);
}

/** The folds of `crossValidate`: the same for every model and every setting. */
export function foldsOf(labels: readonly number[], folds: number): Split[] {
  return stratifiedFolds(labels, folds, splitSeed);
}

/**
 * A score over folds of all rows, each by a model trained on the others.
 * @param folds 0 for none: mean and deviation are NaN then
 * @param score of a model trained on the rows `train`, on the rows `test`
 */
export async function crossValidate(
  labels: readonly number[],
  folds: number,
  score: (split: Split) => Promise<number>,
): Promise<{ mean: number; deviation: number }> {
  const scores: number[] = [];
  for (const split of foldsOf(labels, folds)) scores.push(await score(split));
  return { mean: mean(scores), deviation: deviation(scores) };
}

/** Items at some places. */
export function pick<T>(items: readonly T[], places: readonly number[]): T[] {
  return places.map((place) => items[place] as T);
}
