import { z } from "zod";

const InferInput = z.object({
  name: z.string(),
  shape: z.array(z.int().nonnegative()).max(16),
  datatype: z.string(),
  parameters: z
    .looseObject({ binary_data_size: z.int().nonnegative().optional() })
    .optional()
    .describe("`binary_data_size`: bytes of this tensor behind the JSON, in place of `data`"),
  data: z.unknown().optional().describe("Elements in row-major order, flat or nested"),
});

const InferOutput = z.object({
  name: z.string(),
  parameters: z
    .looseObject({ binary_data: z.boolean().optional() })
    .optional()
    .describe("`binary_data`: whether this tensor is wanted in binary"),
});

/** The JSON of an infer request of the Open Inference Protocol, with its binary tensor extension. */
export const InferBody = z.object({
  id: z.string().optional(),
  parameters: z
    .looseObject({ binary_data_output: z.boolean().optional() })
    .optional()
    .describe(
      "`binary_data_output`: whether outputs are wanted in binary unless they say otherwise",
    ),
  inputs: z.array(InferInput).min(1),
  outputs: z.array(InferOutput).optional(),
});
export type InferBody = z.infer<typeof InferBody>;
export type InferInput = z.infer<typeof InferInput>;
