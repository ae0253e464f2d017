import { json } from "node:stream/consumers";
import { createHistogram } from "node:perf_hooks";
import { Connection } from "./connection.ts";
import type { LoadJob, LoadResult } from "./job.ts";

/** The generator's process: reads a job, applies the load, writes what it saw. */
const job = (await json(process.stdin)) as LoadJob;
console.log(JSON.stringify(await generate(job)));
process.exit();

async function generate(job: LoadJob): Promise<LoadResult> {
  const request = Buffer.from(job.request, "base64");
  const broken = (error: Error) => {
    console.error(error.message);
    process.exit(1);
  };
  const connections = await Promise.all(
    Array.from({ length: job.connections }, () => Connection.open(job.port, broken)),
  );
  // Nanoseconds, three digits.
  const latencies = createHistogram({ lowest: 1, highest: 3_600_000_000_000, figures: 3 });
  const begin = performance.now() + job.warmUpMs;
  const end = begin + job.measureMs;
  let requests = 0;
  let errors = 0;
  let total = 0;
  const answered = (due: number, status: number) => {
    total++;
    const now = performance.now();
    // Of a closed loop what ends in the measured time counts, of an open one what was due in it.
    const at = job.rate === undefined ? now : due;
    if (at < begin || at >= end) return;
    requests++;
    if (status !== 200) errors++;
    latencies.record(Math.max(1, Math.round((now - due) * 1e6)));
  };
  const loop = job.rate === undefined ? closedLoop : openLoop;
  const cpu = { before: process.cpuUsage() };
  setTimeout(() => (cpu.before = process.cpuUsage()), job.warmUpMs);
  await loop(connections, request, end, answered, job.rate ?? 0);
  const { user, system } = process.cpuUsage(cpu.before);
  connections.forEach((connection) => connection.close());
  const seconds = job.measureMs / 1000;
  const ms = (percent: number) => latencies.percentile(percent) / 1e6;
  return {
    ...{ requests, total, errors, seconds, mean: latencies.mean / 1e6 },
    ...{ p50: ms(50), p90: ms(90), p99: ms(99), p999: ms(99.9), max: latencies.max / 1e6 },
    busy: (user + system) / 1e6 / seconds,
  };
}

type Loop = (
  connections: Connection[],
  request: Buffer,
  end: number,
  answered: (due: number, status: number) => void,
  rate: number,
) => Promise<void>;

function closedLoop(...[connections, request, end, answered]: Parameters<Loop>): Promise<void> {
  return new Promise((resolve) => {
    let open = connections.length;
    for (const connection of connections) {
      const next = () => {
        const due = performance.now();
        if (due >= end) {
          if (--open === 0) resolve();
          return;
        }
        connection.send(request, (status) => {
          answered(due, status);
          next();
        });
      };
      next();
    }
  });
}

/** Requests come at random times (Poisson) whether or not earlier ones are answered; the same times in every run. */
function openLoop(...[connections, request, end, answered, rate]: Parameters<Loop>): Promise<void> {
  const random = randomNumbers(1);
  const free = [...connections];
  // Those due for which no connection was free.
  const waiting: number[] = [];
  let due = performance.now();
  let underway = 0;
  return new Promise((resolve) => {
    const send = (connection: Connection, dueAt: number) => {
      connection.send(request, (status) => {
        answered(dueAt, status);
        const oldest = waiting.shift();
        if (oldest !== undefined) send(connection, oldest);
        else {
          underway--;
          free.push(connection);
        }
      });
    };
    // No timer is exact enough; the generator has a core of its own to spend.
    const tick = () => {
      const now = performance.now();
      while (due <= now && due < end) {
        const connection = free.pop();
        if (connection === undefined) waiting.push(due);
        else {
          underway++;
          send(connection, due);
        }
        due += (-Math.log(1 - random()) / rate) * 1000;
      }
      if (due >= end && underway === 0) resolve();
      else setImmediate(tick);
    };
    tick();
  });
}

/** Uniform numbers of [0, 1) from a seed (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
