import { parameterSchema, type WorkloadDeclaration } from "../../contracts/workload.ts";
import type { Checkpoint, TrainingContext } from "../workloads/workload.ts";

export interface TestContext extends TrainingContext {
  /** What was kept with the run, by path. */
  artifacts: Map<string, Uint8Array>;
  /** The steps that were told, in the order of telling: number and traces. */
  told: [firstStep: number, traces: Readonly<Record<string, ArrayLike<number>>>][];
}

/** A context that keeps everything in memory, every checkpoint included. */
export function testContext(
  declaration: WorkloadDeclaration,
  parameters: Readonly<Record<string, number | string>> = {},
  signal: AbortSignal = new AbortController().signal,
): TestContext {
  const artifacts: TestContext["artifacts"] = new Map();
  const told: TestContext["told"] = [];
  let last: Checkpoint | undefined;
  return {
    model: declaration.name,
    parameters: parameterSchema(declaration).parse(parameters),
    dataSha256: "0".repeat(64),
    signal,
    progress: (firstStep, traces) => void told.push([firstStep, traces]),
    checkpoints: {
      last: async () => last,
      offer: async (checkpoint) => void (last = structuredClone(checkpoint)),
    },
    artifact: async (path, content) => void artifacts.set(path, content),
    artifacts,
    told,
  };
}
