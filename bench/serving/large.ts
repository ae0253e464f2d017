import { report } from "../report.ts";
import { wideModel } from "./models.ts";
import { rawRows } from "./raw.ts";
import { type BenchOptions, cores } from "./rounds.ts";
import { start } from "./small.ts";
import { throughput } from "./throughput.ts";

/** Rows a second of a model whose weights are what takes the time: what batching gains, and what a server costs. */
export async function benchLarge(options: BenchOptions): Promise<void> {
  const model = await wideModel();
  const contestants = await start(model, options.peers);
  try {
    const inBinary = contestants.flatMap(({ binaryRequest, ...rest }) =>
      binaryRequest === undefined
        ? []
        : [{ ...rest, name: `${rest.name}, binary`, request: binaryRequest }],
    );
    const rows: string[][] = [];
    for (const each of [1, 8, 32]) {
      // In batches of what 32 connections send at once; the better of two, before and after all others.
      const together = () => rawRows(model, 32 * each, cores.server, options.seconds);
      const before = await together();
      const found = await throughput([...contestants, ...inBinary], options, each);
      const after = await together();
      const raw = {
        rowsPerSecond: Math.max(before.rowsPerSecond, after.rowsPerSecond),
        cpu: Math.min(before.cpu, after.cpu),
      };
      const alone = await rawRows(model, each, cores.server, options.seconds);
      const line = (name: string, perSecond: number, cpu: number, latency = ["", ""]) =>
        rows.push([
          ...[String(each), name, perSecond.toFixed(0), (perSecond / raw.rowsPerSecond).toFixed(2)],
          (perSecond / alone.rowsPerSecond).toFixed(2),
          ...[cpu.toFixed(3), (raw.cpu / cpu).toFixed(2), ...latency],
        ]);
      line(`onnxruntime alone, ${32 * each} rows at once`, raw.rowsPerSecond, raw.cpu);
      line(`onnxruntime alone, ${each} at once`, alone.rowsPerSecond, alone.cpu);
      for (const { name, requests, cpu, p50, p99 } of found) {
        line(name, requests * each, cpu / each, [p50.toFixed(1), p99.toFixed(1)]);
      }
    }
    await report({
      heading: "Serving: a network of 12 MB",
      text: [
        "64 features, three layers of 1200 units, V2 in JSON or in binary, 32 connections in a closed loop. Every server on one core, which its HTTP",
        `shares with the model, the generator on the other; medians of ${options.repeats} blocks of ${options.seconds} s, in turns. Bar: at least 0.85 of`,
        "onnxruntime's own rows a second under concurrency, which can be read in two ways. The strict one: of the runtime alone, in one thread, in",
        "the largest batch that can come together, which no request waits for. The other one: of the runtime alone given the same requests, each",
        "as a run of its own rows. Then the strict one by CPU time, which other work on the machine changes least: of the runtime a row, and",
        "of the whole server a row. By `npm run bench:serving -- large`.",
      ].join("\n"),
      columns: [
        ...[
          "rows a request",
          "server",
          "rows/s",
          "share of the largest batch",
          "of the same requests",
        ],
        ...["CPU ms a row", "share by CPU", "p50 ms", "p99 ms"],
      ],
      rows,
    });
  } finally {
    for (const contestant of contestants) await contestant.stop();
  }
}
