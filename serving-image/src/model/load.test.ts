import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buckets } from "../../../contracts/names.ts";
import { ObjectStore } from "../../../contracts/object-store.ts";
import { ReleaseStore } from "../../../contracts/release-store.ts";
import type { FakeS3 } from "../../../contracts/testing/fake-s3.ts";
import {
  credentials,
  startStore,
  storeToy,
  toyContract,
  toyGraph,
  type ToyRelease,
} from "../../testing/toy-release.ts";
import { brainFloatGraph, neverGraph, pickyGraph } from "../../testing/odd-graphs.ts";
import type { LoadError, LoadReason } from "./errors.ts";
import { loadModel } from "./load.ts";

/** Loading of real graphs from a fake object store. */
let s3: FakeS3;
beforeEach(async () => {
  s3 = await startStore();
});
afterEach(() => s3.close());

function load(release: string) {
  const region = "us-east-1";
  const objects = new ObjectStore({ endpoint: s3.url, region, ...credentials, retries: 0 });
  return loadModel(
    { name: "toy", version: "1", release },
    {
      store: new ReleaseStore(objects, buckets.releases),
      // A whole configuration, as the server gives it: no more of it than these two may get into a lineage.
      place: { environment: "dev", slot: "blue", ...{ models: [] } },
    },
  );
}

async function refusal(release: string): Promise<Pick<LoadError, "reason" | "message">> {
  const error: unknown = await load(release).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ name: "LoadError" });
  return error as LoadError;
}

const [features] = toyContract.inputs;
const [label, probabilities] = toyContract.outputs;

describe("loadModel", () => {
  it("knows where an answer will come from", async () => {
    const { release } = await storeToy(s3);
    const model = await load(release);
    expect(model.lineage).toEqual({
      name: "toy",
      version: "1",
      release,
      dataVersion: "data-7",
      environment: "dev",
      slot: "blue",
    });
    await model.retire();
  });

  it.each<[string, ToyRelease, LoadReason, RegExp]>([
    [
      "an input of another name",
      { contract: { inputs: [{ ...features!, name: "other" }] } },
      "contract-mismatch",
      /'other' is not in the graph.*'features' of the graph is not in the contract/,
    ],
    [
      "an input of another type",
      { contract: { inputs: [{ ...features!, dataType: "FP64" }] } },
      "contract-mismatch",
      /FP64 in the contract, float32 in the graph/,
    ],
    [
      "a type that the graph has not",
      { contract: { inputs: [{ ...features!, dataType: "FP16" }] } },
      "contract-mismatch",
      /FP16 in the contract, float32 in the graph/,
    ],
    [
      "a fixed number of rows",
      { contract: { inputs: [{ ...features!, shape: [1, 3] }] } },
      "contract-mismatch",
      /\[1, 3\] in the contract, \[-1, 3\] in the graph/,
    ],
    [
      "an output that the graph has not",
      {
        contract: {
          ...toyContract,
          outputs: [label!, { ...probabilities!, name: "chances" }],
          probabilities: "chances",
        },
      },
      "contract-mismatch",
      /'chances' is not in the graph/,
    ],
    [
      "predictions that are no output",
      { contract: { predictions: "other" } },
      "contract-mismatch",
      /predictions: there is no output 'other'/,
    ],
    [
      "another number of features",
      { contract: { features: [{ name: "a" }] } },
      "contract-mismatch",
      /features: 1 named/,
    ],
    [
      "a contract of another model",
      { contract: { model: "other" } },
      "contract-mismatch",
      /contract is of model 'other'/,
    ],
    ["a release of another model", { model: "other" }, "contract-mismatch", /'other', not 'toy'/],
    ["a truncated graph", { graph: toyGraph().subarray(0, 60) }, "graph-invalid", /graph/],
    [
      "an operator that the runtime does not know",
      {
        graph: Buffer.from(
          Buffer.from(toyGraph()).toString("latin1").replaceAll("Softmax", "Softmux"),
          "latin1",
        ),
      },
      "graph-invalid",
      /Softmux/,
    ],
    [
      "a graph that takes BFLOAT16, which says what to do",
      { graph: brainFloatGraph() },
      "graph-invalid",
      /BFLOAT16.*cast/,
    ],
    [
      "a contract with BF16",
      { contract: { inputs: [{ ...features!, dataType: "BF16" as "FP16" }] } },
      "contract-invalid",
      /dataType/,
    ],
    ["a graph that cannot run its example", { graph: neverGraph() }, "warm-up-failed", /first run/],
    [
      "an input example that is none",
      { example: "1,2,3" },
      "contract-mismatch",
      /input example: not JSON/,
    ],
    [
      "an input example without rows",
      { example: '{"features": []}' },
      "contract-mismatch",
      /input example: .*features/s,
    ],
    [
      "an input example of another width",
      { example: '{"features": [[1, 2]]}' },
      "contract-mismatch",
      /input example: features\[0\]: has 2 elements, wanted 3/,
    ],
    [
      "an input example of other inputs",
      { example: '{"features": [[1, 2, 3]], "more": [1]}' },
      "contract-mismatch",
      /input example: the contract has no input 'more'/,
    ],
    [
      "an input example that lacks an input",
      { example: "{}" },
      "contract-mismatch",
      /input example: input 'features' is missing/,
    ],
    ["a graph that is none", { graph: Buffer.from("not a graph") }, "graph-invalid", /graph/],
    [
      "a contract that is none",
      { contract: { task: "guessing" as "regression" } },
      "contract-invalid",
      /task/,
    ],
  ])("refuses %s", async (_, changes, reason, message) => {
    const { release } = await storeToy(s3, changes);
    expect(await refusal(release)).toMatchObject({
      reason,
      message: expect.stringMatching(message) as string,
    });
  });

  it("warms a model up with its release's input example, of which it takes the first row", async () => {
    const features = [
      { name: "a" },
      { name: "b" },
      { name: "c", range: [4, 6] as [number, number] },
    ];
    const picky: ToyRelease = { graph: pickyGraph(), contract: { features } };
    // The middle of the ranges is what this graph fails on.
    const without = await storeToy(s3, picky);
    expect(await refusal(without.release)).toMatchObject({ reason: "warm-up-failed" });
    const example = '{"features": [[3, 1, 1], [1, 1, 3]]}';
    const { release } = await storeToy(s3, { ...picky, example });
    await (await load(release)).retire();
  });

  it("refuses a whole manifest of another release, and says which file is missing", async () => {
    const { release, graph } = await storeToy(s3);
    const other = await storeToy(s3, { graph: toyGraph(-1) });
    s3.objects.delete(`${buckets.releases}/blobs/sha256/${graph}`);
    expect(await refusal(release)).toMatchObject({
      reason: "release-missing",
      message: expect.stringContaining(graph.slice(0, 12)) as string,
    });
    const key = (digest: string) => `${buckets.releases}/releases/${digest}.json`;
    s3.objects.set(key(release), s3.objects.get(key(other.release))!);
    expect(await refusal(release)).toMatchObject({ reason: "digest-mismatch" });
  });

  it("tells a store that is away, one that fails and one that refuses apart", async () => {
    const { release } = await storeToy(s3);
    for (const [strike, reason] of [
      ["drop", "store-unreachable"],
      [{ status: 503 }, "store-unreachable"],
      [{ status: 403, body: "<Code>AccessDenied</Code>" }, "store-refused"],
    ] as const) {
      s3.weather.strike = () => strike;
      expect(await refusal(release)).toMatchObject({ reason });
    }
  });
});
