import { z } from "zod";
import { DataSetReference } from "./evidence.ts";
import { Name, Sha256 } from "./primitives.ts";

/** What a batch inference is asked: the same question gives the same predictions. */
export const BatchQuestion = z.strictObject({
  schema: z.literal("isotherm.dev/batch-question/v1"),
  model: Name,
  release: Sha256,
  dataSet: DataSetReference,
  format: z.enum(["jsonl", "csv"]),
  /** Rows of every part but the last. */
  rowsPerPart: z.int().positive(),
  /** Columns of the data set that are repeated beside each prediction. */
  keep: z.array(z.string().min(1)),
});
export type BatchQuestion = z.infer<typeof BatchQuestion>;

export const PredictionPart = z.strictObject({
  /** Name below the manifest's own prefix. */
  path: z.string().min(1),
  rows: z.int().positive(),
  size: z.int().positive(),
  sha256: Sha256,
});
export type PredictionPart = z.infer<typeof PredictionPart>;

/** Predictions for all rows of a data set, and where they come from. It is written last: with it they are whole. */
export const Predictions = z.strictObject({
  schema: z.literal("isotherm.dev/predictions/v1"),
  question: BatchQuestion,
  /** The data that the release was trained on. */
  trainedOn: DataSetReference,
  rows: z.int().positive(),
  parts: z.array(PredictionPart).min(1),
});
export type Predictions = z.infer<typeof Predictions>;
