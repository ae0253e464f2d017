import type { SweepStudy } from "../../contracts/sweep.ts";
import type { SweepConfig } from "../sweep/config.ts";
import type { Workload } from "../workloads/workload.ts";
import type { FakePlatform } from "./platform.ts";
import { stubWorkload } from "./stub-workload.ts";

const steps = 16;

/** A workload that is over at once: its error is how far `rate` is from 0.3, and falls to that in 16 steps. */
export function sweptWorkload(): Workload {
  const stub = stubWorkload();
  const errorOf = (parameters: Readonly<Record<string, number | string>>) =>
    Math.abs(Number(parameters["rate"]) - 0.3);
  return {
    ...stub,
    declaration: {
      ...stub.declaration,
      parameters: {
        rate: { type: "number", default: 1, min: 0, max: 10, description: "Rate" },
        kind: { type: "choice", default: "a", choices: ["a", "b"], description: "Kind" },
      },
    },
    async train(data, context) {
      const trained = await stub.train(data, { ...context, progress: () => {} });
      const error = errorOf(context.parameters);
      for (let step = 1; step <= steps; step++) {
        context.signal.throwIfAborted();
        context.progress(step, { loss: [error + (steps - step)] });
        const vectors = { parameters: Float32Array.of(error) };
        await context.checkpoints.offer({ step, vectors });
      }
      const model = new TextEncoder().encode(`a model with error ${error}`);
      return { ...trained, model };
    },
    evaluate: async (_data, _trained, { parameters }) => ({ error: errorOf(parameters) }),
  };
}

export const sweptStudy: SweepStudy = {
  schema: "isotherm.dev/sweep/v1",
  name: "demo",
  method: "random",
  trials: 6,
  seed: 1,
  metric: "error",
  direction: "minimize",
  parameters: { rate: { logUniform: [0.01, 10] }, kind: { choice: ["a", "b"] } },
};

export function sweepConfig(
  platform: FakePlatform,
  changes: Partial<SweepStudy> = {},
): SweepConfig {
  return {
    study: { ...sweptStudy, ...changes },
    training: platform.config({ parameters: { rate: 1, kind: "a" }, checkpoints: { seconds: 60 } }),
  };
}
