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
      const found = await throughput([...contestants, ...inBinary], options, each);
      // In batches of what 32 connections send at once.
      const raw = await rawRows(model, 32 * each, cores.server, options.seconds);
      const alone = await rawRows(model, each, cores.server, options.seconds);
      const line = (name: string, perSecond: number) =>
        rows.push([String(each), name, perSecond.toFixed(0), (perSecond / raw).toFixed(2)]);
      line(`onnxruntime alone, ${32 * each} rows at once`, raw);
      line(`onnxruntime alone, ${each} at once`, alone);
      for (const { name, requests } of found) line(name, requests * each);
    }
    await report({
      heading: "Serving: a network of 12 MB",
      text: [
        "64 features, three layers of 1200 units, V2 in JSON or in binary, 32 connections in a closed loop. Every server on one core, which its HTTP",
        `shares with the model, the generator on the other; medians of ${options.repeats} blocks of ${options.seconds} s, in turns. Bar: at least 0.85 of`,
        "onnxruntime alone, in one thread, in the largest batch that can come together. By `npm run bench:serving -- large`.",
      ].join("\n"),
      columns: ["rows a request", "server", "rows/s", "share of onnxruntime alone"],
      rows,
    });
  } finally {
    for (const contestant of contestants) await contestant.stop();
  }
}
