/** Probabilities of the classes, one array a row. */
export type Probabilities = readonly (readonly number[])[];

/** Share of rows whose most probable class is the right one. */
export function accuracy(labels: readonly number[], probabilities: Probabilities): number {
  const predicted = probabilities.map(argMax);
  return labels.filter((label, row) => predicted[row] === label).length / labels.length;
}

/** Unweighted mean of the classes' F1; a class that is neither there nor predicted counts as 0. */
export function f1Macro(
  labels: readonly number[],
  probabilities: Probabilities,
  classCount: number,
): number {
  const predicted = probabilities.map(argMax);
  return mean(Array.from({ length: classCount }, (_, label) => classF1(labels, predicted, label)));
}

function classF1(labels: readonly number[], predicted: readonly number[], label: number): number {
  const hits = labels.filter((truth, row) => truth === label && predicted[row] === label).length;
  const named = predicted.filter((guess) => guess === label).length;
  const present = labels.filter((truth) => truth === label).length;
  return named + present === 0 ? 0 : (2 * hits) / (named + present);
}

/**
 * Area under the ROC curve: how likely a row of class 1 has a higher score than one of class 0, half where they are
 * equal (the rank-sum form of Mann and Whitney, 1947). NaN where a class is absent.
 * @param labels 0 or 1
 */
export function aucRoc(labels: readonly number[], scores: readonly number[]): number {
  const order = [...scores.keys()].sort((a, b) => (scores[a] as number) - (scores[b] as number));
  let [positives, rankSum] = [0, 0];
  for (let start = 0, end = 0; start < order.length; start = end) {
    const score = scores[order[start] as number];
    while (end < order.length && scores[order[end] as number] === score) end++;
    const count = order.slice(start, end).filter((row) => labels[row] === 1).length;
    positives += count;
    rankSum += (count * (start + 1 + end)) / 2;
  }
  const negatives = labels.length - positives;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/** Harmonic mean of precision and recall of class 1; 0 where it is neither there nor predicted. */
export function f1(labels: readonly number[], probabilities: Probabilities): number {
  return classF1(labels, probabilities.map(argMax), 1);
}

/** Mean negative log-likelihood of the true class in nats; probabilities are kept above 1e-15. */
export function logLoss(labels: readonly number[], probabilities: Probabilities): number {
  return mean(
    labels.map((label, row) => -Math.log(Math.max(probabilities[row]?.[label] ?? 0, 1e-15))),
  );
}

export function mean(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}

/** Population standard deviation. */
export function deviation(values: readonly number[]): number {
  const center = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - center) ** 2)));
}

function argMax(values: readonly number[]): number {
  return values.indexOf(Math.max(...values));
}
