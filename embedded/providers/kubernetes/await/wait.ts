import { setTimeout as sleep } from "node:timers/promises";
import type { Properties } from "../../shared/values.ts";
import { textAt } from "../../shared/values.ts";
import type { Api } from "../api.ts";
import { ConnectionError, isNotFound } from "../client.ts";
import { describe, kindOf } from "../kind.ts";
import { nameOf, namespaceOf } from "../metadata.ts";
import type { Readiness } from "./readiness.ts";
import type { Verdict } from "./verdict.ts";
import { waiting } from "./verdict.ts";

/** The object exists, but is not what was waited for. */
export class AwaitFailed extends Error {
  readonly object: Properties;
  readonly reasons: readonly string[];
  constructor(object: Properties, reasons: readonly string[]) {
    super(`${describe(object)}: ${reasons.join("; ")}`);
    this.object = object;
    this.reasons = reasons;
  }
}

/** How a wait shows itself and how it ends early. */
export interface Waiting {
  readonly timeoutSeconds: number;
  readonly cancelled: AbortSignal;
  progress(message: string): void;
  warn(message: string): void;
}

const firstPollMs = 100;
const slowestPollMs = 1000;
const problemsEveryMs = 5000;

/**
 * Waits until an object is ready and answers with it as it then is.
 * @throws AwaitFailed if it fails, is deleted, takes longer than the timeout, or the wait is cancelled
 */
export async function waitUntilReady(
  api: Api,
  written: Properties,
  readiness: Readiness,
  options: Waiting,
): Promise<Properties> {
  const deadline = Date.now() + options.timeoutSeconds * 1000;
  const failure = async (object: Properties, reason: string): Promise<AwaitFailed> => {
    const problems = await readiness.problems?.(api, object).catch(() => []);
    return new AwaitFailed(object, [reason, ...(problems ?? [])]);
  };
  let object = written;
  let problemsDue = Date.now() + problemsEveryMs;
  for (let pause = firstPollMs; ; pause = Math.min(pause * 1.5, slowestPollMs)) {
    const look = await lookAt(api, object, readiness);
    if (look === undefined) throw new AwaitFailed(object, ["it was deleted while waiting for it"]);
    object = look.object;
    if (look.verdict.ready) return object;
    if (look.verdict.failure !== undefined) throw await failure(object, look.verdict.failure);
    options.progress(look.verdict.message);
    if (Date.now() >= deadline) {
      const seconds = options.timeoutSeconds;
      throw await failure(object, `not ready after ${seconds} s: ${look.verdict.message}`);
    }
    if (readiness.problems && Date.now() >= problemsDue) {
      problemsDue = Date.now() + problemsEveryMs;
      const problems = await readiness.problems(api, object).catch(() => []);
      if (problems[0] !== undefined) options.warn(`${look.verdict.message}; ${problems[0]}`);
    }
    await pauseFor(Math.min(pause, Math.max(deadline - Date.now(), 1)), options.cancelled);
    if (options.cancelled.aborted) {
      throw new AwaitFailed(object, [`cancelled: ${look.verdict.message}`]);
    }
  }
}

async function lookAt(
  api: Api,
  last: Properties,
  readiness: Readiness,
): Promise<{ object: Properties; verdict: Verdict } | undefined> {
  try {
    const object = await api.get(kindOf(last), namespaceOf(last), nameOf(last));
    return { object, verdict: await readiness.judge(api, object) };
  } catch (error) {
    if (isNotFound(error)) return undefined;
    // An API server that restarts comes back; the deadline bounds how long that may take.
    if (error instanceof ConnectionError) return { object: last, verdict: waiting(error.message) };
    throw error;
  }
}

/** Waits until an object is gone, or another of its name has taken its place. */
export async function waitUntilGone(api: Api, object: Properties, options: Waiting): Promise<void> {
  const deadline = Date.now() + options.timeoutSeconds * 1000;
  const uid = textAt(object, "metadata", "uid");
  for (let pause = firstPollMs; ; pause = Math.min(pause * 1.5, slowestPollMs)) {
    const found = await api.find(kindOf(object), namespaceOf(object), nameOf(object));
    if (found === undefined || (uid !== "" && textAt(found, "metadata", "uid") !== uid)) return;
    const message = `waiting for it to be gone${holdUps(found)}`;
    options.progress(message);
    if (Date.now() >= deadline) {
      throw new AwaitFailed(found, [`still there after ${options.timeoutSeconds} s: ${message}`]);
    }
    await pauseFor(Math.min(pause, Math.max(deadline - Date.now(), 1)), options.cancelled);
    if (options.cancelled.aborted) throw new AwaitFailed(found, [`cancelled: ${message}`]);
  }
}

function holdUps(object: Properties): string {
  const metadata = object["metadata"] as Properties | undefined;
  const finalizers = metadata?.["finalizers"];
  const names = Array.isArray(finalizers) ? finalizers.map(String) : [];
  return names.length === 0 ? "" : ` (finalizers: ${names.join(", ")})`;
}

async function pauseFor(milliseconds: number, cancelled: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal: cancelled }).catch(() => {});
}
