import { afterAll, beforeAll, expect, it } from "vitest";
import { buckets } from "../../contracts/names.ts";
import { copyRelease } from "./copy-release.ts";
import { listReleases } from "./list.ts";
import { parseStack } from "./stacks.ts";
import { registerSample, TwoPlaces } from "./testing/two-places.ts";

let places: TwoPlaces;
beforeAll(async () => void (places = await new TwoPlaces().start()));
afterAll(() => places.stop());

it("lists what a registry holds of the models in the stack file: slot, origin and gates, newest first", async () => {
  const [dev, staging] = [places.place("dev"), places.place("staging")];
  const first = await registerSample(dev, { metrics: { accuracy: 0.95 } });
  const second = await registerSample(dev, { metrics: { accuracy: 0.5 }, weights: "2" });
  const third = await registerSample(dev, { weights: "3" });
  for (const sample of [first, second, third]) await copyRelease(dev, staging, sample);
  const key = `${buckets.releases}/releases/${third.digest}.json`;
  places.staging.s3.objects.set(key, Buffer.from("{}"));

  const stack = parseStack(
    "staging",
    `config:
  isotherm:role: environment
  isotherm:models:
    wine:
      blue: { release: "${first.digest.slice(0, 12)}", from: dev }
      shadow: { release: "${second.digest.slice(0, 12)}", from: dev }
      gates: [{ metric: accuracy, atLeast: 0.9 }]
`,
  );
  const listed = await listReleases(stack, staging);
  const common = { model: "wine", trainedAt: "2026-01-02T03:04:05.000Z", origin: "dev" };
  expect(listed).toEqual([
    {
      ...common,
      version: "3",
      release: third.digest.slice(0, 12),
      slot: "",
      trainedAt: "",
      origin: "",
      gates: expect.stringContaining("the stored manifest has digest"),
    },
    {
      ...common,
      version: "2",
      release: second.digest.slice(0, 12),
      slot: "shadow",
      gates: "gates 0/1: accuracy 0.5 is not >= 0.9",
    },
    {
      ...common,
      version: "1",
      release: first.digest.slice(0, 12),
      slot: "blue 100 %",
      gates: "gates 1/1: accuracy 0.95 is >= 0.9",
    },
  ]);
});
