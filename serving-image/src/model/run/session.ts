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

/** The runtime computes with tensors of more types than its binding for Node passes in and out, which knows them by number. */
const unsupported = /^Unsupported data type: (\d+)$/;
const brainFloat = "16";

/**
 * A graph, ready to run.
 * @throws Error where the bytes are no graph, or one that the runtime cannot run
 */
export async function openSession(
  graph: Uint8Array,
  terms: SessionTerms,
): Promise<InferenceSession> {
  try {
    return await create(graph, terms);
  } catch (error) {
    const type = unsupported.exec((error as Error).message)?.[1];
    if (type === undefined) throw error;
    const what = type === brainFloat ? "BFLOAT16" : `ONNX's element type ${type}`;
    throw new Error(
      `an input or output is ${what}, which cannot be passed to the runtime: cast it inside the graph, and take FP32 or FP16`,
      { cause: error },
    );
  }
}

function create(graph: Uint8Array, { provider, threads }: SessionTerms): Promise<InferenceSession> {
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
