import { z } from "zod";
import { defaultResources } from "../components/foundation/requests.ts";
import { DataSetName } from "../contracts/data-set.ts";
import { Name } from "../contracts/primitives.ts";
import { Resources } from "./schema-parts.ts";
import { when } from "./training-schema.ts";

/** Predictions of a model that is served here, for a whole data set. */
export const Batch = z.strictObject({
  model: Name.meta({ description: "Which of the `models` predicts, by the release it serves" }),
  dataSet: DataSetName.meta({
    shown: "`name@version`",
    description:
      "Version of a data set in the environment's bucket: tables with the model's features",
  }),
  format: z.enum(["jsonl", "csv"]).default("jsonl").meta({
    description: "How the predictions are written",
  }),
  keep: z
    .array(z.string().regex(/^[^,]+$/, "must be a column's name without commas"))
    .default([])
    .meta({
      shown: "list of columns",
      unset: "none",
      description: "Columns of the data set to repeat beside each prediction, such as an id",
    }),
  onUp: z.enum(["await", "start", "never"]).default("start").meta({
    description:
      "Whether an `up` waits for the predictions, only starts them, or leaves them alone",
  }),
  ...when,
  retries: z.int().min(0).max(10).default(3).meta({
    description: "How often a failed pod is tried again; it goes on where the last one stopped",
  }),
  resources: Resources(defaultResources.batch),
});
export type BatchConfig = z.infer<typeof Batch>;
