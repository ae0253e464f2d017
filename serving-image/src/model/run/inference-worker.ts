import { parentPort } from "node:worker_threads";
import type { InferenceSession } from "onnxruntime-node";
import { fromPlain, type FromWorker, toPlain, type ToWorker } from "./messages.ts";
import { fastestRunSeconds } from "./measure.ts";
import { openSession, opensOnProcessor } from "./session.ts";

/** A thread of one graph, so that nothing else waits while it runs. */
const port = parentPort;
if (port === null) throw new Error("this is a worker's program: SessionWorker starts it");
let session: InferenceSession | undefined;

port.on("message", (message: ToWorker) => {
  void handle(message).then((answer) => {
    if (answer === undefined) port.close();
    else port.postMessage(answer);
  });
});

/** @returns undefined once there is nothing more to say */
async function handle(message: ToWorker): Promise<FromWorker | undefined> {
  switch (message.kind) {
    case "open":
      return open(message);
    case "close":
      await session?.release();
      return undefined;
    case "run":
    case "measure":
      return answer(message);
  }
}

async function open({ graph, terms }: ToWorker & { kind: "open" }): Promise<FromWorker> {
  try {
    session = await openSession(graph, terms);
    const { inputMetadata, outputMetadata } = session;
    return { kind: "opened", graph: { inputMetadata, outputMetadata } };
  } catch (error) {
    const { message } = error as Error;
    const isMissing = terms.provider !== "cpu" && (await opensOnProcessor(graph));
    return isMissing
      ? { kind: "refused", reason: "provider-missing", message: `${terms.provider}: ${message}` }
      : { kind: "refused", reason: "graph-invalid", message: `graph: ${message}` };
  }
}

async function answer(message: ToWorker & { kind: "run" | "measure" }): Promise<FromWorker> {
  const { id, kind, outputs: names } = message;
  try {
    if (session === undefined) throw new Error("no graph is open");
    const inputs = fromPlain(message.inputs);
    if (kind === "measure") {
      const seconds = await fastestRunSeconds(session, inputs, names);
      return { kind: "answer", id, outputs: [], seconds };
    }
    const begin = performance.now();
    const outputs = await session.run(inputs, [...names]);
    const seconds = (performance.now() - begin) / 1000;
    return { kind: "answer", id, outputs: toPlain(outputs), seconds };
  } catch (error) {
    return { kind: "failed", id, message: (error as Error).message };
  }
}
