import type { Contestant } from "./contestant.ts";
import { wineModel } from "./models.ts";
import { launchOurs } from "./ours.ts";
import { type Peer, peers } from "./peers.ts";
import { type BenchOptions, cores } from "./rounds.ts";
import type { BenchModel } from "./models.ts";
import { latency, throughput } from "./throughput.ts";
import { report } from "../report.ts";

const settings = [
  "Wine's network (13 features, 3 classes), V2 in JSON, one row a request. Every server on one core, the generator on the other,",
  "all in the same run and in turns.",
];

/** Requests a second and latencies of a model so small that the server is what is measured. */
export async function benchSmall(options: BenchOptions): Promise<void> {
  const model = await wineModel();
  const contestants = await start(model, options.peers);
  try {
    const rows = await throughput(contestants, options);
    const ours = rows.find(({ name }) => name === "ours");
    if (ours === undefined) throw new Error("ours was not measured");
    await report({
      heading: "Serving: throughput",
      text: [
        ...settings,
        `32 connections in a closed loop, medians of ${options.repeats} blocks of ${options.seconds} s. Ours validates, authenticates, counts and writes audit`,
        "records; bare is node:http and onnxruntime with none of that. Bars: at least 8 times mlserver, at least 0.7 of bare. Where",
        "the generator's share of its core is near 1, the server could do more. By `npm run bench:serving -- small`.",
      ].join("\n"),
      columns: [
        ...["server", "version", "requests/s", "ours / it", "CPU ms a request", "its / ours"],
        ...["p50 ms", "p99 ms", "generator"],
      ],
      rows: rows.map(({ name, version, requests, cpu, p50, p99, busy }) => [
        ...[name, version, requests.toFixed(0), (ours.requests / requests).toFixed(2)],
        ...[cpu.toFixed(3), (cpu / ours.cpu).toFixed(2)],
        ...[p50.toFixed(2), p99.toFixed(2), busy.toFixed(2)],
      ]),
    });

    const near = contestants.filter(({ name }) => ["ours", "bare", "express"].includes(name));
    const found = await latency(near, options, ours.requests / 2);
    const p99 = found.find(({ name }) => name === "bare")?.p99 ?? Number.NaN;
    await report({
      heading: "Serving: latency at half of our most",
      text: [
        ...settings,
        "An open loop: requests come at random times whether or not earlier ones are answered, and latency counts from when one was",
        `due. Medians of ${options.repeats} blocks of ${options.seconds} s. Bar: p99 at most 2 times that of bare. By \`npm run bench:serving -- small\`.`,
      ].join("\n"),
      columns: ["server", "requests/s", "p50 ms", "p99 ms", "p99.9 ms", "p99 / bare's"],
      rows: found.map((row) => [
        ...[row.name, row.rate.toFixed(0), row.p50.toFixed(2), row.p99.toFixed(2)],
        ...[row.p999.toFixed(2), (row.p99 / p99).toFixed(2)],
      ]),
    });
  } finally {
    for (const contestant of contestants) await contestant.stop();
  }
}

/** Ours and the peers that can be had here; the others are told. */
export async function start(
  model: BenchModel,
  names: readonly string[],
): Promise<readonly Contestant[]> {
  const contestants = [await launchOurs(model, cores.server)];
  for (const name of names) {
    const peer: Peer | undefined = peers[name];
    if (peer === undefined) throw new Error(`there is no peer '${name}'`);
    try {
      contestants.push(await peer(model, cores.server));
    } catch (error) {
      console.error(`${name} is left out: ${(error as Error).message}`);
    }
  }
  return contestants;
}
