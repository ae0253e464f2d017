import { spawn, type ChildProcess } from "node:child_process";
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { nodePaths, type NodeConfig } from "./node-config.ts";
import { nodeParts, type Part } from "./parts.ts";
import { stopPods } from "./pods.ts";
import { probe } from "./probe.ts";
import { writeState } from "./state.ts";
import type { NodeState, PartName, PartState } from "./types.ts";

// Runs inside the node's namespaces as the only child of their process 1. Imports nothing but Node's own modules, so
// that it stays small and works while dependencies are being reinstalled.

const firstBackoffMs = 500;
const longestBackoffMs = 30_000;
const steadyAfterMs = 60_000;
const hungAfterMs = 180_000;
const podGraceMs = 10_000;
const partGraceMs = 8_000;
const logLimitBytes = 32 * 1024 * 1024;

const run = process.argv[2];
if (run === undefined) throw new Error("usage: node supervisor.ts <runtime folder>");
const config = JSON.parse(readFileSync(nodePaths({ run, data: "" }).config, "utf8")) as NodeConfig;
const authority = readFileSync(join(nodePaths(config).pki, "ca.crt"), "utf8");
const children = new Map<PartName, ChildProcess>();
const state: NodeState = {
  supervisorPid: process.pid,
  startedAt: Date.now(),
  phase: "starting",
  parts: {},
};

function save(): void {
  writeState(nodePaths(config).state, state);
}

function say(message: string): void {
  process.stdout.write(`${new Date().toISOString()} ${message}\n`);
}

function partState(name: PartName): PartState {
  return (state.parts[name] ??= { healthy: false, restarts: 0 });
}

const stopping = (): boolean => state.phase === "stopping";

/** Keeps one part running until the node stops. */
async function supervise(part: Part): Promise<void> {
  const mine = partState(part.name);
  let backoff = firstBackoffMs;
  while (!stopping()) {
    while (!part.after.every((name) => state.parts[name]?.healthy === true)) {
      await sleep(100);
      if (stopping()) return;
    }
    const startedAt = Date.now();
    const exit = await runOnce(part, mine);
    if (stopping()) return;
    if (Date.now() - startedAt > steadyAfterMs) backoff = firstBackoffMs;
    say(`${part.name} ended (${exit}), starting it again in ${backoff} ms`);
    await sleep(backoff);
    backoff = Math.min(backoff * 2, longestBackoffMs);
    mine.restarts += 1;
  }
}

async function runOnce(part: Part, mine: PartState): Promise<string> {
  const log = openLog(part.name);
  const child = spawn(part.command, part.args, {
    env: { PATH: config.path, HOME: "/root", LANG: "C.UTF-8", ...part.env },
    cwd: "/",
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  children.set(part.name, child);
  mine.startedAt = Date.now();
  if (child.pid !== undefined) mine.pid = child.pid;
  save();
  say(`${part.name} started, process ${child.pid ?? "none"}`);

  const watching = new AbortController();
  const watcher = watch(part, mine, child, watching.signal);
  const exit = await ended;
  watching.abort();
  await watcher;
  children.delete(part.name);
  mine.healthy = false;
  mine.lastExit = exit;
  delete mine.pid;
  save();
  return exit;
}

/** Asks the part how it is, often until it is well, then now and then; kills it when it hangs. */
async function watch(
  part: Part,
  mine: PartState,
  child: ChildProcess,
  ended: AbortSignal,
): Promise<void> {
  let lastWell = Date.now();
  while (!ended.aborted) {
    const well = await probe(part.probe, authority);
    if (ended.aborted) return;
    if (well) lastWell = Date.now();
    if (well !== mine.healthy) {
      mine.healthy = well;
      say(`${part.name} ${well ? "is well" : "does not answer"}`);
      if (Object.values(state.parts).every((each) => each.healthy)) state.phase = "running";
      save();
    }
    if (Date.now() - lastWell > hungAfterMs && !stopping()) {
      say(`${part.name} has not answered for ${hungAfterMs / 1_000} s, killing it`);
      child.kill("SIGKILL");
    }
    await sleep(well ? 5_000 : 200, undefined, { signal: ended }).catch(() => undefined);
  }
}

function openLog(name: PartName): number {
  const path = join(config.logs, `${name}.log`);
  mkdirSync(config.logs, { recursive: true });
  try {
    if (statSync(path).size > logLimitBytes) renameSync(path, `${path}.1`);
  } catch {
    // No log yet.
  }
  const log = openSync(path, "a", 0o600);
  // Tells this run's lines from those of the one before.
  writeSync(log, `---- ${new Date().toISOString()} ${name} is started\n`);
  return log;
}

async function stop(): Promise<void> {
  if (stopping()) return;
  state.phase = "stopping";
  save();
  say("stopping: kubelet first, so that it does not start pods again, then pods, then the rest");
  await stopPart("kubelet");
  const stubborn = await stopPods(podGraceMs);
  if (stubborn > 0)
    say(`${stubborn} containers did not end within ${podGraceMs / 1_000} s, killed`);
  await Promise.all(
    (["kube-proxy", "kube-scheduler", "kube-controller-manager"] as const).map(stopPart),
  );
  await stopPart("kube-apiserver");
  await Promise.all((["containerd", "etcd"] as const).map(stopPart));
  say("stopped");
  process.exit(0);
}

async function stopPart(name: PartName): Promise<void> {
  const child = children.get(name);
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), partGraceMs);
  await gone;
  clearTimeout(timer);
}

process.on("SIGTERM", () => void stop());
process.on("SIGINT", () => void stop());
save();
say(`node ${config.nodeName} starts`);
for (const part of nodeParts(config)) {
  partState(part.name);
  void supervise(part);
}
save();
