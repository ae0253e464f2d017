import { median } from "../../embedded/measure/median.ts";
import type { Contestant } from "./contestant.ts";
import { cpuSeconds } from "./cpu-time.ts";
import type { LoadResult } from "./load/job.ts";
import { load } from "./load/load.ts";

export interface BenchOptions {
  /** Measured seconds of one block. */
  seconds: number;
  /** Blocks of each contestant; they take turns. */
  repeats: number;
  peers: readonly string[];
}

/** The generator has a core of its own. */
export const cores = { server: "0", generator: "1" } as const;

/** One block of load, and what it cost the server. */
export interface Block extends LoadResult {
  /** CPU milliseconds of the server a request. */
  cpu: number;
}

/** Blocks of load by contestant, in turns, so that all see the same noise of the machine. */
export async function rounds(
  contestants: readonly Contestant[],
  { seconds, repeats }: Pick<BenchOptions, "seconds" | "repeats">,
  job: (contestant: Contestant) => { rows: number; connections: number; rate?: number },
): Promise<Map<string, Block[]>> {
  const results = new Map<string, Block[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round < repeats; round++) {
    for (const contestant of contestants) {
      const { rows, ...rest } = job(contestant);
      const request = contestant.request(rows).toString("base64");
      const { port, name, pid } = contestant;
      const times = { warmUpMs: round === 0 ? 6_000 : 1_000, measureMs: seconds * 1_000 };
      const before = await cpuSeconds(pid);
      const result = await load({ port, request, ...rest, ...times }, cores.generator);
      const cpu = (((await cpuSeconds(pid)) - before) * 1_000) / result.total;
      if (result.errors > 0) throw new Error(`${name}: ${result.errors} answers were not 200`);
      results.get(name)?.push({ ...result, cpu });
      console.error(
        `${name}: ${perSecond(result).toFixed(0)}/s, p99 ${result.p99.toFixed(2)} ms, ${cpu.toFixed(3)} ms of CPU`,
      );
    }
  }
  return results;
}

export function perSecond({ requests, seconds }: LoadResult): number {
  return requests / seconds;
}

/** The median over blocks. */
export function middle(
  results: readonly Block[] | undefined,
  value: (result: Block) => number,
): number {
  return median((results ?? []).map(value));
}
