import { Agent, request, type IncomingMessage } from "node:http";
import { createInterface } from "node:readline";
import { headers } from "../../../contracts/names.ts";
import type { Answer, LoadJob } from "./job.ts";

/** The generator's process: reads a job from the first line of its input, and writes each answer as a line of JSON. */
const patienceMs = 10_000;
/** Finer than this, timers cost more than they tell. */
const tickMs = 2;
/** What a machine that stalled could not send in time is not sent at all: a burst of it would be another load. */
const latestMs = 100;

const agent = new Agent({ keepAlive: true });
const now = () => performance.timeOrigin + performance.now();

/** @throws Error where there is no whole answer */
function ask(job: LoadJob): Promise<{ response: IncomingMessage; body: string }> {
  return new Promise((resolve, reject) => {
    const options = { agent, method: "POST", headers: job.headers, timeout: patienceMs };
    const asked = request(job.url, options, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => (body += text));
      response.once("error", reject);
      response.once("close", () => {
        if (response.complete) resolve({ response, body });
        else reject(new Error("the answer was cut off"));
      });
    });
    asked.once("timeout", () => asked.destroy(new Error(`no answer in ${patienceMs} ms`)));
    asked.once("error", reject);
    asked.end(job.body);
  });
}

async function record(job: LoadJob): Promise<Answer> {
  const sentAt = now();
  try {
    const { response, body } = await ask(job);
    const text = (name: string) => String(response.headers[name] ?? "");
    const who = { slot: text(headers.slot), release: text(headers.release) };
    const status = response.statusCode ?? 0;
    const why = status === 200 ? {} : { error: body };
    return { sentAt, endedAt: now(), status, ...who, ...why };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { sentAt, endedAt: now(), status: 0, slot: "", release: "", error: reason };
  }
}

/** Sends until `isOver`, and waits for the answers to all that was sent. */
function generate(job: LoadJob, isOver: () => boolean): Promise<void> {
  let underway = 0;
  let due = now();
  return new Promise((resolve) => {
    const ticking = setInterval(() => {
      due = Math.max(due, now() - latestMs);
      for (; due <= now() && !isOver(); due += 1_000 / job.rate) {
        underway++;
        void record(job).then((answer) => {
          underway--;
          console.log(JSON.stringify(answer));
        });
      }
      if (!isOver() || underway > 0) return;
      clearInterval(ticking);
      resolve();
    }, tickMs);
  });
}

const input = createInterface({ input: process.stdin });
let hasEnded = false;
input.once("close", () => (hasEnded = true));
input.once("line", (line) => {
  void generate(JSON.parse(line) as LoadJob, () => hasEnded).then(() => agent.destroy());
});
