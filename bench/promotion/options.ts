/** What is measured, and how often. */
export interface Bench {
  /** Digest of a release that the environment's registry holds. */
  release: string;
  /** How often each preview is timed. */
  repeats: number;
  /** Requests a second through the gateway. */
  rate: number;
  /** How many requests at least. */
  requests: number;
}

export const gates = [{ metric: "accuracy", atLeast: 0.85 }];
