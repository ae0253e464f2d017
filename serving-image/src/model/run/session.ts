import { InferenceSession } from "onnxruntime-node";

/**
 * A graph, ready to run on processors.
 * @param threads of one run, the calling one among them
 * @throws Error where the bytes are no graph, or one that the runtime cannot run
 */
export function openSession(graph: Uint8Array, threads: number): Promise<InferenceSession> {
  return InferenceSession.create(graph, {
    executionProviders: ["cpu"],
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
