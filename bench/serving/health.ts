import { median } from "../../embedded/measure/median.ts";
import { report } from "../report.ts";
import { healthRequest } from "./load/job.ts";
import { load } from "./load/load.ts";
import { slowModel } from "./models.ts";
import { type BenchOptions, cores } from "./rounds.ts";
import { start } from "./small.ts";

/** Latency of the probe of liveness while a model is busy whose run takes a tenth of a second. */
export async function benchHealth(options: BenchOptions): Promise<void> {
  const model = await slowModel(60);
  const contestants = await start(model, options.peers);
  const rows: string[][] = [];
  try {
    const blocks = new Map<string, { run: number[]; p50: number[]; p99: number[] }>();
    for (let round = 0; round < options.repeats; round++) {
      for (const { name, port, request } of contestants) {
        const times = { warmUpMs: 1_000, measureMs: options.seconds * 1_000 };
        const infer = request(16).toString("base64");
        const health = healthRequest.toString("base64");
        const [busy, probe] = await Promise.all([
          load({ port, request: infer, connections: 1, ...times }, cores.generator),
          load({ port, request: health, connections: 16, rate: 50, ...times }, cores.generator),
        ]);
        const block = blocks.get(name) ?? { run: [], p50: [], p99: [] };
        block.run.push(busy.p50);
        block.p50.push(probe.p50);
        block.p99.push(probe.p99);
        blocks.set(name, block);
      }
    }
    for (const [name, { run, p50, p99 }] of blocks) {
      const times = (part: number[]) => (median(run) / median(part)).toFixed(1);
      rows.push([
        ...[name, median(run).toFixed(0), median(p50).toFixed(2), median(p99).toFixed(2)],
        ...[times(p50), times(p99)],
      ]);
    }
  } finally {
    for (const contestant of contestants) await contestant.stop();
  }
  await report({
    heading: "Serving: health beside a slow model",
    text: [
      "`GET /v2/health/live` at 50 requests a second in an open loop, while one connection keeps a model busy (59 layers of 1500 units,",
      `16 rows a request). Every server on one core; medians of ${options.repeats} blocks of ${options.seconds} s, in turns. Bar: at least 5 times faster than the`,
      "run. By `npm run bench:serving -- health`.",
    ].join("\n"),
    columns: ["server", "run ms", "health p50 ms", "p99 ms", "run / p50", "run / p99"],
    rows,
  });
}
