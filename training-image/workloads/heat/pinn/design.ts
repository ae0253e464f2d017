import { ParameterLayout } from "../../../engine/parameters.ts";
import { type Random } from "../../../engine/random.ts";
import type { ConditionKind } from "./conditions.ts";
import { networkShapes, type NetworkShape } from "./network.ts";
import type { Direction } from "./streams.ts";

/** Factors of the loss's parts. */
export interface LossWeights {
  pde: number;
  bc: number;
  ic: number;
  data: number;
  /** Of the mean squared gradient of log a: prefers a smooth diffusivity. */
  smoothness: number;
}

/** Everything about the networks and the loss that is fixed before training. */
export interface PinnDesign {
  layers: number;
  width: number;
  conditions: ConditionKind;
  weights: LossWeights;
}

/** The networks' names: the first takes (2x - 1, 2y - 1, 2t - 1), the second (2x - 1, 2y - 1). */
export const temperature = "u";
export const diffusivity = "a";

const root = Math.sqrt(2);
/** Derivatives by x and y, of such a length that half of the second ones make up the Laplacian: times sqrt(2). */
export const placeDirections: readonly Direction[] = [
  { along: [2 * root, 0, 0], curved: true },
  { along: [0, 2 * root, 0], curved: true },
];
/** The derivative by t. */
export const timeDirection: Direction = { along: [0, 0, 2], curved: false };
/** Derivatives by x and y. */
export const diffusivityDirections: readonly Direction[] = [
  { along: [2, 0], curved: false },
  { along: [0, 2], curved: false },
];

export function temperatureShape({ layers, width }: PinnDesign): NetworkShape {
  return { inputs: 3, layers, width };
}

export const diffusivityShape: NetworkShape = { inputs: 2, layers: 2, width: 32 };

/** Names and shapes of all parameters, in the order of the flat vector. */
export function pinnShapes(design: PinnDesign): Record<string, readonly number[]> {
  return {
    ...networkShapes(temperature, temperatureShape(design)),
    ...networkShapes(diffusivity, diffusivityShape),
  };
}

export function pinnLayout(design: PinnDesign): ParameterLayout {
  return new ParameterLayout(pinnShapes(design));
}

/** Glorot's normal; the diffusivity starts close to the constant that every method starts from. */
export function initialParameters(design: PinnDesign, random: Random): Float32Array {
  const parameters = pinnLayout(design).initialise(random);
  // The last layer's weights and its one bias are the end of the vector.
  for (
    let index = parameters.length - diffusivityShape.width - 1;
    index < parameters.length;
    index++
  ) {
    parameters[index] = 0.1 * (parameters[index] as number);
  }
  return parameters;
}
