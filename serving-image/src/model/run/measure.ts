import type { InferenceSession } from "onnxruntime-node";
import type { Tensors } from "../model.ts";

const samples = 50;
const patienceMs = 300;

/** Time of the fastest run, back to back in this thread; of fewer runs where they are slow. */
export async function fastestRunSeconds(
  session: Pick<InferenceSession, "run">,
  inputs: Tensors,
  outputs: readonly string[],
): Promise<number> {
  return fastest(async () => {
    const begin = performance.now();
    await session.run(inputs, [...outputs]);
    return (performance.now() - begin) / 1000;
  });
}

/**
 * The least of what is measured up to 50 times in about 0.3 s: what else a machine does only adds to a time, and must not
 * decide where a model runs.
 */
export async function fastest(measure: () => Promise<number>): Promise<number> {
  let least = Infinity;
  let times = 0;
  const end = performance.now() + patienceMs;
  do {
    least = Math.min(least, await measure());
  } while (++times < samples && performance.now() < end);
  return least;
}
