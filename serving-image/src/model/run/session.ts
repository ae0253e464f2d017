import { InferenceSession } from "onnxruntime-node";

/** What graphs run on: the processor, an NVIDIA card, or any card that Vulkan reaches (docs/gpu.md). */
export const executionProviders = ["cpu", "cuda", "webgpu"] as const;
export type ExecutionProvider = (typeof executionProviders)[number];

/** How a graph is opened. */
export interface SessionTerms {
  provider: ExecutionProvider;
  /** Threads of one run, the calling one among them. */
  threads: number;
}

/**
 * A graph, ready to run.
 * @throws Error where the bytes are no graph, or one that the runtime cannot run
 */
export function openSession(
  graph: Uint8Array,
  { provider, threads }: SessionTerms,
): Promise<InferenceSession> {
  return InferenceSession.create(graph, {
    executionProviders: [provider],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    // It would remember a plan for every number of rows that was ever asked.
    enableMemPattern: false,
    // What fails is thrown, and told where it matters: on stderr any client could fill the log.
    logSeverityLevel: 4,
    // Spinning threads burn the container's CPU quota between requests.
    extra: { session: { intra_op: { allow_spinning: "0" } } },
  });
}

/** Whether it is not the graph that is at fault where a provider refuses it: the processor takes it. */
export async function opensOnProcessor(graph: Uint8Array): Promise<boolean> {
  try {
    await (await openSession(graph, { provider: "cpu", threads: 1 })).release();
    return true;
  } catch {
    return false;
  }
}
