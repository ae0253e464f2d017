import { z } from "zod";

/** Path of a release's input example, and of an MLflow model's. */
export const inputExamplePath = "input_example.json";

/** Values of every input by name, for one or more rows: nested by row, plain where an input has one dimension. */
export const InputExample = z.record(z.string(), z.array(z.unknown()).min(1));
export type InputExample = z.infer<typeof InputExample>;
