import type { InferenceSession } from "onnxruntime-node";
import type { Tensors } from "../model.ts";

const samples = 15;
const patienceMs = 300;

/** Median time of one run, back to back in this thread; of fewer runs where they are slow. */
export async function medianRunSeconds(
  session: Pick<InferenceSession, "run">,
  inputs: Tensors,
  outputs: readonly string[],
): Promise<number> {
  return medianSeconds(() => session.run(inputs, [...outputs]));
}

/** Median time of doing something once, over at most 15 times and about 0.3 s. */
export async function medianSeconds(once: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  const end = performance.now() + patienceMs;
  do {
    const begin = performance.now();
    await once();
    times.push((performance.now() - begin) / 1000);
  } while (times.length < samples && performance.now() < end);
  return times.sort((a, b) => a - b)[times.length >> 1] as number;
}
