import { z } from "zod";
import { Sha256 } from "./primitives.ts";

/** How one feature of numbers was spread in training: what drift is measured against. */
export const NumberBaseline = z
  .strictObject({
    name: z.string().min(1),
    /** Inner edges, ascending; the outer bins are open. A value that equals an edge belongs to the bin above it. */
    edges: z.array(z.number()).min(1),
    /** Share of the training rows in each bin, from the lowest; one more than there are edges. */
    shares: z.array(z.number().min(0).max(1)),
  })
  .refine((feature) => feature.shares.length === feature.edges.length + 1, {
    message: "needs one share more than edges",
    path: ["shares"],
  });
export type NumberBaseline = z.infer<typeof NumberBaseline>;

/** How often each value of a feature of words was seen in training. */
export const CategoryBaseline = z
  .strictObject({
    name: z.string().min(1),
    categories: z.array(z.string()).min(1),
    /** Share of the training rows in each category; the last is of all else, missing values included. */
    shares: z.array(z.number().min(0).max(1)),
  })
  .refine((feature) => feature.shares.length === feature.categories.length + 1, {
    message: "needs one share more than categories",
    path: ["shares"],
  });
export type CategoryBaseline = z.infer<typeof CategoryBaseline>;

export const FeatureBaseline = z.union([NumberBaseline, CategoryBaseline]);
export type FeatureBaseline = z.infer<typeof FeatureBaseline>;

/** The drift baseline of a release: every feature in contract order. */
export const DriftBaseline = z.strictObject({
  schema: z.literal("isotherm.dev/drift-baseline/v1"),
  /** Rows the shares were counted over. */
  rows: z.int().positive(),
  /** SHA-256 of the data set they come from. */
  dataSha256: Sha256,
  features: z.array(FeatureBaseline).min(1),
  /** How the model's own predictions on those rows were spread, classes by their names. */
  prediction: FeatureBaseline.optional(),
});
export type DriftBaseline = z.infer<typeof DriftBaseline>;
