import { z } from "zod";
import { Name } from "./primitives.ts";

/** Element types of tensors, as the Open Inference Protocol names them. */
export const DataType = z.enum([
  "BOOL",
  "UINT8",
  "UINT16",
  "UINT32",
  "UINT64",
  "INT8",
  "INT16",
  "INT32",
  "INT64",
  "FP16",
  "FP32",
  "FP64",
  "BYTES",
]);
export type DataType = z.infer<typeof DataType>;

/** One tensor of the graph. The first dimension of every shape is the batch: -1. */
export const TensorSpec = z.strictObject({
  name: z.string().min(1),
  dataType: DataType,
  shape: z
    .array(z.int().refine((size) => size === -1 || size > 0, "must be -1 or positive"))
    .min(1),
  /** Whether elements may be missing: `null` in JSON, NaN or an empty string in the tensor. */
  nullable: z.boolean().optional(),
});
export type TensorSpec = z.infer<typeof TensorSpec>;

/** One column of the input, in the order of the training data. */
export const Feature = z.strictObject({
  name: z.string().min(1),
  unit: z.string().optional(),
  /** Range seen in training; answers outside it are served and counted. */
  range: z.tuple([z.number(), z.number()]).optional(),
  /** Values seen in training, where they are words; others are served and counted. */
  categories: z.array(z.string()).optional(),
  /** Whether its values are kept out of audit logs and events. */
  sensitive: z.boolean().optional(),
});
export type Feature = z.infer<typeof Feature>;

/**
 * What a model takes and gives: the only source of feature names, order and types for a server. A model takes all
 * features in one tensor, [-1, features], or each as a column of its own: `inputs` then has one tensor a feature, of shape
 * [-1] or [-1, 1], under the feature's name and in the features' order.
 */
export const ModelContract = z.strictObject({
  schema: z.literal("isotherm.dev/model-contract/v1"),
  model: Name,
  task: z.enum(["classification", "regression"]),
  inputs: z.array(TensorSpec).min(1),
  outputs: z.array(TensorSpec).min(1),
  features: z.array(Feature).min(1),
  /** Names of the classes by index; classification only. */
  classes: z.array(z.string()).min(2).optional(),
  /** Output tensor whose values are the predictions. */
  predictions: z.string().min(1),
  /** Output tensor with one probability a class, where the model has one. */
  probabilities: z.string().min(1).optional(),
  /** Routes beyond the common protocols that this model declares, such as `predict-temperature`. */
  routes: z.array(Name).optional(),
});
export type ModelContract = z.infer<typeof ModelContract>;

/** Whether a model takes a table: a column a feature, each with its own type. */
export function takesColumns({ inputs, features }: ModelContract): boolean {
  return (
    inputs.length > 1 &&
    inputs.length === features.length &&
    inputs.every(({ name, shape }, index) => isColumn(shape) && name === features[index]?.name)
  );
}

/** One value a row: [-1], or [-1, 1]. */
function isColumn([, width = 1, ...others]: readonly number[]): boolean {
  return width === 1 && others.length === 0;
}
