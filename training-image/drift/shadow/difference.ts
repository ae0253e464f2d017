import type { Answer, Prediction } from "./answer.ts";

/** What one row's two answers are to each other. */
export interface RowDifference {
  row: number;
  primary: Prediction;
  shadow: Prediction;
  disagrees: boolean;
  /** Of predicted numbers, where both are finite. */
  absolute?: number;
  /** Absolute difference over the larger of the two sizes: 0 to 2. */
  relative?: number;
  /** Largest difference of one class's probability, where both have all of them. */
  probability?: number;
  /** Which sides answered NaN or infinity. */
  nonFinite: { primary: boolean; shadow: boolean };
}

/**
 * Holds a shadow's answer against the primary's, row by row. NaN agrees with NaN, infinity with the same infinity, and
 * neither with anything else.
 * @param tolerance relative difference of two numbers over which they disagree; regression
 * @returns undefined where they cannot be compared: other rows or another task, or one has no prediction a row
 */
export function rowDifferences(
  primary: Answer,
  shadow: Answer,
  tolerance: number,
): RowDifference[] | undefined {
  const { rows } = primary;
  const isComparable =
    rows === shadow.rows &&
    primary.contract.task === shadow.contract.task &&
    primary.predictions.length === rows &&
    shadow.predictions.length === rows;
  if (!isComparable) return undefined;
  const isClassification = primary.contract.task === "classification";
  const places = classPlaces(primary, shadow);
  return primary.predictions.map((prediction, row): RowDifference => {
    const other = shadow.predictions[row] as Prediction;
    const chances = [primary.probabilities[row] ?? [], shadow.probabilities[row] ?? []] as const;
    const numbers = isClassification ? undefined : numberDifference(prediction, other, tolerance);
    const probability = probabilityDifference(...chances, places);
    const nonFinite = {
      primary: numbers?.nonFinite.primary ?? !chances[0].every(Number.isFinite),
      shadow: numbers?.nonFinite.shadow ?? !chances[1].every(Number.isFinite),
    };
    const isOneSided = nonFinite.primary !== nonFinite.shadow;
    return {
      row,
      primary: prediction,
      shadow: other,
      disagrees: numbers?.disagrees ?? (String(prediction) !== String(other) || isOneSided),
      ...(numbers?.absolute === undefined ? {} : { absolute: numbers.absolute }),
      ...(numbers?.relative === undefined ? {} : { relative: numbers.relative }),
      ...(probability === undefined ? {} : { probability }),
      nonFinite,
    };
  });
}

function numberDifference(primary: Prediction, shadow: Prediction, tolerance: number) {
  const [one, other] = [Number(primary), Number(shadow)];
  const nonFinite = { primary: !Number.isFinite(one), shadow: !Number.isFinite(other) };
  if (nonFinite.primary || nonFinite.shadow)
    return { disagrees: !Object.is(one, other), nonFinite };
  const absolute = Math.abs(other - one);
  // 0 beside 0 is no difference; a number beside 0 is a whole one.
  const relative = absolute === 0 ? 0 : absolute / Math.max(Math.abs(one), Math.abs(other));
  return { disagrees: relative > tolerance, absolute, relative, nonFinite };
}

/** Where the shadow has each class of the primary: releases may have their classes in another order. */
function classPlaces(primary: Answer, shadow: Answer): readonly number[] | undefined {
  const [ours, theirs] = [primary.contract.classes, shadow.contract.classes];
  return ours && theirs && ours.map((name) => theirs.indexOf(name));
}

function probabilityDifference(
  primary: readonly number[],
  shadow: readonly number[],
  places: readonly number[] | undefined,
): number | undefined {
  if (primary.length === 0 || shadow.length === 0) return undefined;
  let largest = 0;
  for (const [place, chance] of primary.entries()) {
    // A class that the shadow does not know has no probability with it.
    const difference = Math.abs(chance - (shadow[places?.[place] ?? place] ?? 0));
    if (Number.isNaN(difference)) return undefined;
    largest = Math.max(largest, difference);
  }
  return largest;
}
