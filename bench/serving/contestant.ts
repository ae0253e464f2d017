import { createServer, type AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { execa, type ResultPromise } from "execa";
import { inferRequest } from "./load/job.ts";
import type { BenchModel } from "./models.ts";

/** A server that is up, pinned to its core, and asked as all others are. */
export interface Contestant {
  name: string;
  /** Version of what serves, as its package says. */
  version: string;
  port: number;
  /** Process that leads the others of the server, where it has several. */
  pid: number;
  /** The request that is sent, for a number of rows. */
  request(rows: number): Buffer;
  /** The same with binary tensors, where it takes them. */
  binaryRequest?(rows: number): Buffer;
  stop(): Promise<void>;
}

export interface Launch {
  name: string;
  version: string;
  command: readonly [string, ...string[]];
  environment?: Readonly<Record<string, string>>;
  cwd?: string;
}

/**
 * Starts a peer and waits until it answers the request that it will be measured with.
 * @param core as `taskset -c` takes it
 */
export async function launch(
  { name, version, command, environment, cwd }: Launch,
  model: BenchModel,
  core: string,
  port?: number,
): Promise<Contestant> {
  const chosen = port ?? (await freePort());
  const process_ = execa("taskset", ["-c", core, ...command], {
    env: {
      BENCH_MODEL: model.file,
      BENCH_NAME: model.name,
      BENCH_PORT: String(chosen),
      OMP_NUM_THREADS: "1",
      ...environment,
    },
    ...(cwd === undefined ? {} : { cwd }),
    reject: false,
    all: true,
    buffer: { all: true, stdout: false, stderr: false },
    // Its children end with it.
    detached: true,
  });
  const contestant: Contestant = {
    name,
    version,
    port: chosen,
    pid: process_.pid ?? 0,
    request: (rows) => inferRequest(model.route, model.body(rows), {}),
    stop: () => stopGroup(process_),
  };
  await answers(contestant, model, process_);
  return contestant;
}

async function stopGroup(process_: ResultPromise): Promise<void> {
  signalGroup(process_, "SIGTERM");
  await Promise.race([process_, pause(10_000)]);
  signalGroup(process_, "SIGKILL");
  await process_;
}

function signalGroup({ pid }: ResultPromise, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // All of the group have ended.
  }
}

/** @throws Error with the end of its log where it never answers */
async function answers(
  { name, port }: Contestant,
  model: BenchModel,
  process_: ResultPromise,
): Promise<void> {
  let ended = false;
  void process_.then(() => (ended = true));
  for (let tries = 0; tries < 240 && !ended; tries++) {
    const answer = await ask(`http://127.0.0.1:${port}${model.route}`, model.body(1));
    if (answer?.ok === true) return;
    await pause(500);
  }
  await stopGroup(process_);
  const { all } = await process_;
  throw new Error(`${name} never answered: ${String(all).slice(-2_000)}`);
}

async function ask(url: string, body: string): Promise<Response | undefined> {
  try {
    const headers = { "content-type": "application/json" };
    return await fetch(url, { method: "POST", body, headers });
  } catch {
    return undefined;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
