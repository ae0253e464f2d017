import type { InferenceSession } from "onnxruntime-node";
import type { Tensors } from "../model.ts";

const samples = 15;
const patienceMs = 300;

/** Time of the fastest run, back to back in this thread; of fewer runs where they are slow. */
export async function fastestRunSeconds(
  session: Pick<InferenceSession, "run">,
  inputs: Tensors,
  outputs: readonly string[],
): Promise<number> {
  return fastestSeconds(() => session.run(inputs, [...outputs]));
}

/**
 * Time of doing something once, the least of at most 15 times and about 0.3 s: what else a machine does only adds to it, and
 * must not decide where a model runs.
 */
export async function fastestSeconds(once: () => Promise<unknown>): Promise<number> {
  let fastest = Infinity;
  let times = 0;
  const end = performance.now() + patienceMs;
  do {
    const begin = performance.now();
    await once();
    fastest = Math.min(fastest, (performance.now() - begin) / 1000);
  } while (++times < samples && performance.now() < end);
  return fastest;
}
