import { apiKey } from "../../serving-image/testing/server-process.ts";
import { clauses } from "../../test/open-inference/clauses/index.ts";
import { Client } from "../../test/open-inference/http.ts";
import { type Result, runClauses } from "../../test/open-inference/run.ts";
import { Target } from "../../test/open-inference/target.ts";
import { report } from "../report.ts";
import { wineModel } from "./models.ts";
import type { BenchOptions } from "./rounds.ts";
import { start } from "./small.ts";

/** Servers of the protocol among the peers; the others speak only as much of it as the benches need. */
const candidates = ["mlserver", "kserve", "pytriton"];

/** The conformance kit against each server of the protocol that can be had here, on the same model. */
export async function benchConformance({ peers }: BenchOptions): Promise<void> {
  const names = candidates.filter((name) => peers.includes(name));
  const contestants = await start(await wineModel(), names);
  try {
    const rows: string[][] = [];
    for (const { name, version, port } of contestants) {
      const headers: Record<string, string> = name === "ours" ? { "x-api-key": apiKey } : {};
      const client = new Client({ url: `http://127.0.0.1:${port}`, headers });
      const results = await runClauses(clauses, new Target(client, "wine"));
      for (const { id, level, outcome, note } of results) {
        if (outcome === "fail") console.log(`${name}: ${id} (${level}): ${note}`);
      }
      rows.push([name, version, ...sums(results, "required"), ...sums(results, "expected")]);
    }
    await report({
      heading: "Serving: conformance with the Open Inference Protocol",
      text: [
        "The suite of [conformance.md](conformance.md) on wine's network: passed / failed / skipped clauses, those that the text demands and those",
        "that careful servers keep. MLServer and KServe run a few lines of ours around onnxruntime, as their users write them, so a clause may",
        "fail by these. Skipped is what the model gives no occasion for, and the binary extension where a server does not name it. By",
        "`npm run bench:serving -- conformance`, which prints what was seen.",
      ].join("\n"),
      columns: ["server", "version", "required", "expected"],
      rows,
    });
  } finally {
    for (const contestant of contestants) await contestant.stop();
  }
}

function sums(results: readonly Result[], level: Result["level"]): string[] {
  const number = (outcome: Result["outcome"]) =>
    results.filter((result) => result.level === level && result.outcome === outcome).length;
  return [`${number("pass")} / ${number("fail")} / ${number("skip")}`];
}
