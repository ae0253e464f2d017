import { sha256Hex } from "../../contracts/canonical.ts";
import { defineWorkload, type Workload, type WorkloadDefinition } from "../workloads/workload.ts";

export const stubData = new TextEncoder().encode("some data");

/** A workload that learns nothing and takes no time, for tests of what happens around the training. */
export function stubWorkload(changes: Partial<WorkloadDefinition<string>> = {}): Workload {
  return defineWorkload<string>({
    declaration: {
      name: "stub",
      description: "Nothing",
      task: "regression",
      dataSet: "stub",
      example: [1],
      parameters: {
        steps: { type: "integer", default: 3, min: 1, max: 10, description: "Steps" },
      },
      metrics: { error: { direction: "minimize", description: "Nothing" } },
    },
    dataSet: {
      kind: "bundled",
      name: "stub",
      version: "1",
      sha256: sha256Hex(stubData),
      file: new URL("file:///nowhere"),
    },
    optimiser: "none",
    read: (bytes) => ({ data: new TextDecoder().decode(bytes), rows: 1, warnings: [] }),
    async train(_data, context) {
      context.progress(1, { loss: [3, 2, 1] });
      return {
        model: new TextEncoder().encode("a model"),
        contract: {
          schema: "isotherm.dev/model-contract/v1",
          model: context.model,
          task: "regression",
          inputs: [{ name: "x", dataType: "FP32", shape: [-1, 1] }],
          outputs: [{ name: "y", dataType: "FP32", shape: [-1, 1] }],
          features: [{ name: "x" }],
          predictions: "y",
        },
        example: { x: [[1]] },
      };
    },
    evaluate: async () => ({ error: 0.5 }),
    ...changes,
  });
}
