import { ConfigError, parseConfig, type Problem } from "../config.ts";

/** What a small environment's stack file says, sound. */
export const environment = {
  "isotherm:role": "environment",
  "isotherm:target": { kind: "cluster" },
  "isotherm:training": { wine: { workload: "wine", params: { steps: 300 } } },
  "isotherm:models": {
    wine: { blue: { follow: "wine" }, gates: [{ metric: "accuracy", atLeast: 0.85 }] },
  },
};

/** Mistakes of that stack file, changed in some keys; none where it is sound. */
export function problemsOf(change: Record<string, unknown>): readonly Problem[] {
  try {
    parseConfig({ ...environment, ...change });
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}
