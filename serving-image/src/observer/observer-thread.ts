import { parentPort, workerData } from "node:worker_threads";
import { Desk } from "./desk.ts";
import type { ThreadData, ToThread } from "./messages.ts";

/** The thread's program: a desk, its mail and a clock. */
const port = parentPort;
if (port === null) throw new Error("this is the program of a thread");
const desk = new Desk({
  ...(workerData as ThreadData),
  send: (message) => port.postMessage(message),
});
const clock = setInterval(() => desk.tick(), 1_000);
port.on("message", (message: ToThread) => {
  void desk.take(message).then(() => {
    if (message.kind !== "drain") return;
    clearInterval(clock);
    port.close();
  });
});
