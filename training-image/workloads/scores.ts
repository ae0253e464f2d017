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
  const scores = Array.from({ length: classCount }, (_, label) => {
    const hits = labels.filter((truth, row) => truth === label && predicted[row] === label).length;
    const named = predicted.filter((guess) => guess === label).length;
    const present = labels.filter((truth) => truth === label).length;
    return named + present === 0 ? 0 : (2 * hits) / (named + present);
  });
  return mean(scores);
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
