import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { sha256Hex } from "../../../contracts/canonical.ts";
import { ModelContract } from "../../../contracts/model-contract.ts";
import { outputOf, Session } from "../../engine/session.ts";
import { testContext } from "../../testing/training-context.ts";
import { digits } from "./declaration.ts";
import { networkLayout } from "./network.ts";
import { digitsWorkload } from "./workload.ts";

/** Short trainings. What the defaults reach over five folds is measured by `npm run bench:training`. */
const file = await readFile((digitsWorkload.dataSet as { file: URL }).file);
const { data, rows, warnings } = digitsWorkload.read(file, {});
const few = { steps: 40, channels: 4, hidden: 16, learning_rate: 0.01, folds: 0 };
const context = (parameters = {}) => testContext(digits, { ...few, ...parameters });

describe("the digits workload", () => {
  it("T-14 trains on the file whose digest it names, and on no data of too few images", () => {
    expect(sha256Hex(file)).toBe((digitsWorkload.dataSet as { sha256: string }).sha256);
    expect({ rows, warnings }).toEqual({ rows: 1797, warnings: [] });
    const line = `${new Array<number>(64).fill(1).join(",")},3\n`;
    expect(() => digitsWorkload.read(new TextEncoder().encode(line.repeat(50)), {})).toThrow(
      "50 images, wanted at least 100; 0 images of class 0, wanted at least 10; 0 images of class 1",
    );
  });

  it("K-09 G-16 learns to read digits, gets its own example right and measures all that it declares", async () => {
    const longer = context({ steps: 150, channels: 8, folds: 2 });
    const trained = await digitsWorkload.train(data, longer);
    const metrics = await digitsWorkload.evaluate(data, trained, longer);
    expect(Object.keys(metrics).sort()).toEqual(Object.keys(digits.metrics).sort());
    expect(metrics["accuracy"]).toBeGreaterThan(0.9);
    expect(metrics["f1_macro"]).toBeGreaterThan(0.9);
    expect(metrics["cv_accuracy_mean"]).toBeGreaterThan(0.85);
    expect(metrics["log_loss"]).toBeLessThan(0.4);
  });

  it("U-13 G-04 gives a model that takes raw pixels and keeps its contract, and keeps a picture of the loss", async () => {
    const keeping = context();
    const { model, contract, example, baseline } = await digitsWorkload.train(data, keeping);
    expect([...keeping.artifacts.keys()]).toEqual(["plots/training-curves.png"]);
    expect(ModelContract.parse(contract)).toEqual(contract);
    expect(contract.inputs).toEqual([{ name: "pixels", dataType: "FP32", shape: [-1, 64] }]);
    expect(contract.features[9]).toEqual({ name: "pixel_1_1", range: [0, 16] });
    expect(baseline!.features).toHaveLength(64);
    expect(example!["pixels"]![0]).toHaveLength(64);

    const session = await Session.open(model);
    const pixels = Float32Array.from([...digits.example, ...digits.example]);
    const results = await session.run({ pixels: { data: pixels, shape: [2, 64] } });
    expect([...outputOf(results, "label").data]).toEqual([0n, 0n]);
    expect(outputOf(results, "probabilities").shape).toEqual([2, 10]);
    await session.close();
  });

  it("leaves the folds out where none are asked for, and says so by NaN", async () => {
    const trained = await digitsWorkload.train(data, context({ steps: 1 }));
    const metrics = await digitsWorkload.evaluate(data, trained, context({ steps: 1 }));
    expect(metrics["cv_accuracy_mean"]).toBeNaN();
    expect(metrics["cv_accuracy_std"]).toBeNaN();
  });

  it("comes to the same bytes each time, and to others by another seed", async () => {
    const digest = async (seed: number) =>
      sha256Hex((await digitsWorkload.train(data, context({ steps: 5, seed }))).model);
    expect(await digest(0)).toBe(await digest(0));
    expect(await digest(0)).not.toBe(await digest(1));
  });
});

describe("the network of the digits", () => {
  it("fits itself to the size and the brightness of MNIST's files", async () => {
    const [side, count] = [16, 120];
    const header = (...sizes: number[]) => sizes.flatMap((size) => [0, 0, size >> 8, size & 255]);
    // A bright upper half is a 1, a bright lower half a 0.
    const pixels = Array.from({ length: count * side * side }, (_, index) => {
      const isUpper = index % (side * side) < (side * side) / 2;
      return isUpper === (Math.floor(index / (side * side)) % 2 === 1) ? 255 : 20;
    });
    const labels = Array.from({ length: count }, (_, index) => index % 2);
    const idx = Uint8Array.from([
      ...[0, 0, 8, 3, ...header(count, side, side), ...pixels],
      ...[0, 0, 8, 1, ...header(count), ...labels],
    ]);
    const { data: read } = digitsWorkload.read(idx, {});
    const short = context({ steps: 60, batch: 16 });
    const trained = await digitsWorkload.train(read, short);
    expect(trained.contract.inputs[0]?.shape).toEqual([-1, 256]);
    expect(trained.contract.features[255]).toEqual({ name: "pixel_15_15", range: [0, 255] });
    expect((await digitsWorkload.score!(read, trained, short))["accuracy"]).toBe(1);
  });

  it("halves large images twice, and those of no even side never", () => {
    const sizeOf = (height: number, width: number) =>
      networkLayout({ height, width, white: 255, channels: 1, hidden: 1, classes: 2 }).size;
    const rest = 9 + 1 + 18 + 2 + 1 + 2 + 2;
    expect(sizeOf(8, 8)).toBe(rest + 2 * 16);
    expect(sizeOf(28, 28)).toBe(rest + 2 * 49);
    expect(sizeOf(9, 9)).toBe(rest + 2 * 81);
  });
});
