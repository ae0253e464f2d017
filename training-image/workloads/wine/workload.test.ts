import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { sha256Hex } from "../../../contracts/canonical.ts";
import { ModelContract } from "../../../contracts/model-contract.ts";
import { outputOf, Session } from "../../engine/session.ts";
import { testContext } from "../../testing/training-context.ts";
import { BadInputError, DivergedError } from "../errors.ts";
import { ClassifierFit } from "../fit.ts";
import type { LabelledTable } from "../table.ts";
import { wine } from "./declaration.ts";
import { wineFeatures } from "./features.ts";
import { wineWorkload } from "./workload.ts";

const file = await readFile((wineWorkload.dataSet as { file: URL }).file, "utf8");
const read = (text: string) => wineWorkload.read(new TextEncoder().encode(text), {});
const context = () => testContext(wine);

describe("the wine workload", () => {
  it("reaches its accuracy on held-out rows and over 5 folds, and measures all that it declares", async () => {
    const { data } = read(file);
    const trained = await wineWorkload.train(data, context());
    const metrics = await wineWorkload.evaluate(data, trained, context());
    expect(Object.keys(metrics).sort()).toEqual(Object.keys(wine.metrics).sort());
    expect(metrics["accuracy"]).toBeGreaterThanOrEqual(0.95);
    expect(metrics["f1_macro"]).toBeGreaterThanOrEqual(0.95);
    expect(metrics["cv_accuracy_mean"]).toBeGreaterThanOrEqual(0.975);
    expect(metrics["log_loss"]).toBeLessThan(0.15);
  });

  it("comes to the same bytes each time", async () => {
    const { data } = read(file);
    const [first, second] = [
      await wineWorkload.train(data, context()),
      await wineWorkload.train(data, context()),
    ];
    expect(sha256Hex(second.model)).toBe(sha256Hex(first.model));
    const other = { ...context(), parameters: { ...context().parameters, seed: 1 } };
    const third = await wineWorkload.train(data, other);
    expect(sha256Hex(third.model)).not.toBe(sha256Hex(first.model));
  });

  it("U-13 gives a model that keeps its contract: names, types, order, any number of rows", async () => {
    const { data } = read(file);
    const { model, contract, example, baseline } = await wineWorkload.train(data, context());
    expect(ModelContract.parse(contract)).toEqual(contract);
    expect(contract.features.map(({ name }) => name)).toEqual(wineFeatures.map(({ name }) => name));
    expect(contract.classes).toEqual(["class_0", "class_1", "class_2"]);
    expect(baseline!.features.map(({ name }) => name)).toEqual(
      wineFeatures.map(({ name }) => name),
    );
    expect(example!["features"]![0]).toHaveLength(13);

    const session = await Session.open(model);
    const rows = [wine.example, wine.example];
    const results = await session.run({
      features: { data: Float32Array.from(rows.flat()), shape: [2, 13] },
    });
    const [label, probabilities] = ["label", "probabilities"].map((name) =>
      outputOf(results, name),
    ) as [ReturnType<typeof outputOf>, ReturnType<typeof outputOf>];
    expect([...label.data]).toEqual([0n, 0n]);
    expect(label.shape).toEqual([2]);
    expect(probabilities.shape).toEqual([2, 3]);
    const total = [...probabilities.data].reduce<number>((sum, value) => sum + Number(value), 0);
    expect(total).toBeCloseTo(2, 5);
    await session.close();
  });

  it("stops between two intervals when it is asked to end", async () => {
    const ending = new AbortController();
    let seen = 0;
    const stopping = {
      ...context(),
      signal: ending.signal,
      progress: () => {
        seen++;
        ending.abort();
      },
    };
    await expect(wineWorkload.train(read(file).data, stopping)).rejects.toThrow("abort");
    expect(seen).toBe(1);
  });

  it("tells apart a loss that diverges, with the step", async () => {
    const table = read(file).data as LabelledTable;
    const options = { hidden: 4, steps: 100, learningRate: 1e30, weightPenalty: 0.01, seed: 1 };
    const fit = await ClassifierFit.open(table, options);
    const error = await fit
      .on([...table.rows.keys()], context())
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DivergedError);
    expect((error as DivergedError).step).toBeGreaterThan(1);
    expect((error as DivergedError).step).toBeLessThanOrEqual(100);
    await fit.close();
  });
});

describe("wine data", () => {
  const lines = file.trimEnd().split("\n");
  const altered = (change: (lines: string[]) => void) => {
    const copy = [...lines];
    change(copy);
    return copy.join("\n");
  };

  it("is the file whose digest the workload names", () => {
    expect(sha256Hex(file)).toBe((wineWorkload.dataSet as { sha256: string }).sha256);
    expect(read(file)).toMatchObject({ rows: 178, warnings: [] });
  });

  it.each([
    [
      "a missing column",
      (all: string[]) => (all[4] = all[4]!.replace(/,[^,]*/, "")),
      /line 5 has 13 columns, wanted 14/,
    ],
    [
      "a file without a column",
      (all: string[]) => (all[0] = all[0]!.replace(",13,", ",12,")),
      /line 1 names 12 features, wanted 13/,
    ],
    [
      "a missing target",
      (all: string[]) => (all[2] = all[2]!.replace(/[^,]*$/, "")),
      /line 3 has class '', wanted 0 to 2/,
    ],
    [
      "an unknown class",
      (all: string[]) => (all[2] = all[2]!.replace(/[^,]*$/, "3")),
      /line 3 has class '3'/,
    ],
    [
      "text for a number",
      (all: string[]) => (all[1] = all[1]!.replace(/^[^,]*/, "much")),
      /line 2 has 'much' as alcohol/,
    ],
    ["rows cut off", (all: string[]) => all.splice(90), /names 178 rows, found 89/],
  ] as const)("with %s is refused, with the line", (_, change, message) => {
    const text = altered(change);
    expect(() => read(text)).toThrow(BadInputError);
    expect(() => read(text)).toThrow(message);
  });

  it("of too few rows is refused", () => {
    const few = altered((all) => {
      all.splice(61);
      all[0] = all[0]!.replace("178", "60");
    });
    expect(() => read(few)).toThrow("60 rows, wanted at least 100; 1 rows of class class_1");
  });

  it("may lack single values, which are noticed", () => {
    const { warnings } = read(altered((all) => (all[1] = all[1]!.replace(/^[^,]*/, ""))));
    expect(warnings).toEqual(["column alcohol: 0.6 % is missing, filled with the median"]);
  });
});
