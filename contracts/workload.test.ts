import { expect, test } from "vitest";
import { parameterSchema, type WorkloadDeclaration } from "./workload.ts";

const declaration: WorkloadDeclaration = {
  name: "toy",
  description: "a toy",
  dataSet: "toy",
  task: "regression",
  example: [1],
  metrics: { loss: { direction: "minimize", description: "loss" } },
  parameters: {
    steps: { type: "integer", default: 10, min: 1, max: 100, description: "steps" },
    rate: { type: "number", default: 0.1, min: 0, max: 1, description: "rate" },
    kind: { type: "choice", default: "a", choices: ["a", "b"], description: "kind" },
  },
};
const schema = parameterSchema(declaration);

test("what is not set keeps its default", () => {
  expect(schema.parse({ steps: 20 })).toEqual({ steps: 20, rate: 0.1, kind: "a" });
});

test.each([
  [{ steps: 1.5 }],
  [{ steps: 0 }],
  [{ steps: 101 }],
  [{ rate: 1.01 }],
  [{ rate: "0.5" }],
  [{ kind: "c" }],
  [{ step: 5 }],
])("%o is refused", (values) => {
  expect(schema.safeParse(values).success).toBe(false);
});
