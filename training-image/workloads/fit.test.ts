import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { sha256Hex } from "../../contracts/canonical.ts";
import { ClassifierFit } from "./fit.ts";
import { parseWine } from "./wine/data.ts";
import type { Checkpoint } from "./workload.ts";

test("T-08 a classifier that goes on from any of its checkpoints is the same file, bit for bit", async () => {
  const table = parseWine(await readFile(new URL("./wine/data/wine.csv", import.meta.url)));
  const rows = [...table.rows.keys()];
  const options = { hidden: 8, steps: 170, learningRate: 0.02, weightPenalty: 0.01, seed: 1 };
  const signal = new AbortController().signal;
  const kept: Checkpoint[] = [];
  const fit = await ClassifierFit.open(table, options);
  const whole = await fit.on(rows, {
    signal,
    checkpoints: { last: async () => undefined, offer: async (c) => void kept.push(c) },
  });
  await fit.close();
  expect(kept.map(({ step }) => step)).toEqual([50, 100, 150, 170]);
  for (const last of kept) {
    const another = await ClassifierFit.open(table, options);
    const checkpoints = { last: async () => structuredClone(last), offer: async () => {} };
    const resumed = await another.on(rows, { signal, checkpoints });
    await another.close();
    expect(sha256Hex(resumed)).toBe(sha256Hex(whole));
  }
});
