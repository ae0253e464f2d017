import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { attempt } from "../../training-image/run/attempt.ts";
import { readTrainingConfig } from "../../training-image/run/config.ts";
import { credentials, FakePlatform } from "../../training-image/testing/platform.ts";
import { testContext } from "../../training-image/testing/training-context.ts";
import { inOneFile } from "../../training-image/workloads/index.ts";
import { outputOf, Session } from "../../training-image/engine/session.ts";
import { coffee } from "./coffee.ts";

let platform: FakePlatform;
beforeEach(async () => void (platform = await new FakePlatform().start()));
afterEach(() => platform.stop());

const made = () => (coffee.dataSet as { make(parameters: object): Promise<Uint8Array> }).make({});

describe("the example of a workload in one file", () => {
  it("finds the room's temperature and how fast cups cool", async () => {
    const { data, rows } = coffee.read(await made(), {});
    expect(rows).toBe(100);
    const context = testContext(coffee.declaration);
    const trained = await coffee.train(data, context);
    const { rmse } = await coffee.evaluate(data, trained, context);
    expect(rmse).toBeGreaterThan(0.2);
    expect(rmse).toBeLessThan(0.8);
    const session = await Session.open(trained.model);
    const asked = Float32Array.of(90, 0, 90, 1e6, 81, 25);
    const results = await session.run({ features: { data: asked, shape: [3, 2] } });
    const { data: degrees } = outputOf(results, "degrees");
    [90, 21, 21 + 60 * Math.exp(-1)].forEach((expected, row) =>
      expect(Math.abs(Number(degrees[row]) - expected)).toBeLessThan(1),
    );
    await session.close();
  });

  it("refuses what is no cup, with the line, and too few of them", () => {
    const read = (text: string) => () => coffee.read(new TextEncoder().encode(text), {});
    expect(read("90,10,60\n90,10")).toThrow("line 2 is '90,10', wanted three numbers");
    expect(read("90,10,60")).toThrow("1 cups, wanted at least 20");
  });

  it("is configured, trained and registered like those of the image, by one line", async () => {
    const registration = inOneFile(coffee);
    const run = platform.run({ name: "cup", workload: "coffee", params: { steps: 60 } });
    const environment = {
      ISOTHERM_TRAINING_RUN: JSON.stringify(run),
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    };
    const config = readTrainingConfig(environment, [registration.declaration]);
    expect(config.parameters).toEqual({ steps: 60, learning_rate: 0.1 });
    const outcome = await attempt(platform.services(), config, await registration.load());
    expect(outcome).toMatchObject({ model: "cup", version: "1" });
  });
});
