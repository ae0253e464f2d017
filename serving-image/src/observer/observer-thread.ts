import { setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { Desk } from "./desk.ts";
import type { ThreadData, ToThread } from "./messages.ts";

/** Three tenths of a core that the server would have for itself: at a tenth the log does not keep up, and records are lost. */
const observerNice = 4;

/** The thread's program: a desk, its mail and a clock. */
const port = parentPort;
if (port === null) throw new Error("this is the program of a thread");
// Linux keeps a priority for each thread, and this one can wait. Other systems would lower that of the whole server.
if (process.platform === "linux") setPriority(observerNice);
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
