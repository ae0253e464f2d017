import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { peerPython } from "../../bench/python-peer.ts";
import { Mlflow } from "../../contracts/mlflow.ts";
import { aliases } from "../../contracts/names.ts";
import { Session, type Value } from "../../training-image/engine/session.ts";
import { attempt } from "../../training-image/run/attempt.ts";
import { FakePlatform } from "../../training-image/testing/platform.ts";
import { testContext } from "../../training-image/testing/training-context.ts";
import { workloads } from "../../training-image/workloads/registry.ts";
import type { TrainedModel, Workload } from "../../training-image/workloads/workload.ts";
import { askedRows, feedsOf, type Asked } from "./asked.ts";
import { startTrackingServer, type TrackingServer } from "./tracking-server.ts";

/**
 * Every graph that our workloads export, registered with MLflow's own server and opened by stock MLflow, `onnx.checker`
 * and onnxruntime in Python. The object store is a fake; the trainings are short.
 */
const small: Record<string, Readonly<Record<string, number>>> = {
  heat: { layers: 2, width: 8, batch: 32, steps: 50 },
  wine: { hidden: 4, steps: 50 },
  digits: { channels: 2, hidden: 8, batch: 16, steps: 50, folds: 0 },
  churn: { hidden: 4, layers: 1, batch: 64, steps: 50, folds: 0 },
};

type Answers = Record<string, unknown>;
interface Opened {
  graphs: Record<
    string,
    { operatorSets: Record<string, number>; firstSizes: string[]; answers: Answers }
  >;
  loaded: Answers;
  served: Answers;
}

const trained = new Map<string, TrainedModel>();
const asked: Record<string, Asked> = {};
let opened: Record<string, Opened>;
let folder: string;
let server: TrackingServer | undefined;
const platform = new FakePlatform();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "isotherm-exported-"));
  const peer = await peerPython("exported-models", join(import.meta.dirname, "requirements.txt"));
  if ("missing" in peer) throw new Error(`Python's packages: ${peer.missing}`);
  await platform.start();
  server = await startTrackingServer(peer.python, folder);
  const mlflow = new Mlflow({ url: server.url });
  for (const workload of workloads) await register(mlflow, workload);
  const { stdout } = await execa(peer.python, [join(import.meta.dirname, "open_models.py")], {
    input: JSON.stringify(asked),
    env: { MLFLOW_TRACKING_URI: server.url, MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR: "false" },
  });
  opened = JSON.parse(stdout) as Record<string, Opened>;
}, 900_000);
afterAll(async () => {
  await server?.stop();
  await platform.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Trains a little, and makes the version the champion. */
async function register(mlflow: Mlflow, workload: Workload): Promise<void> {
  const { name } = workload.declaration;
  const keeping: Workload = {
    ...workload,
    async train(data, context) {
      const result = await workload.train(data, context);
      trained.set(name, result);
      return result;
    },
    // How good it is does not matter here, and measuring takes longer than all the rest.
    evaluate: async () =>
      Object.fromEntries(Object.keys(workload.declaration.metrics).map((metric) => [metric, 0])),
  };
  const { parameters } = testContext(workload.declaration, small[name]);
  const run = platform.run({ name, workload: name });
  const services = { ...platform.services(), mlflow, farewell: mlflow };
  const config = platform.config({ run, parameters, job: `job-${name}` });
  const { version } = await attempt(services, config, keeping, readFile);
  await mlflow.setAlias(name, aliases.champion, version);
  asked[name] = askedRows(trained.get(name)!);
}

const graphsOf = ({ model, graphs = {} }: TrainedModel): [string, Uint8Array][] => [
  ["model.onnx", model],
  ...Object.entries(graphs).map(([role, bytes]): [string, Uint8Array] => [`${role}.onnx`, bytes]),
];

async function ours(bytes: Uint8Array, inputs: Asked): Promise<Record<string, Value>> {
  const session = await Session.open(bytes);
  const results = await session.run(feedsOf(inputs));
  await session.close();
  return results;
}

function expectEqual(theirs: Answers, mine: Record<string, Value>): void {
  expect(Object.keys(theirs).sort()).toEqual(Object.keys(mine).sort());
  for (const [name, { data }] of Object.entries(mine)) {
    const found = [theirs[name]].flat(Infinity) as (number | string)[];
    expect(found).toHaveLength(data.length);
    Array.from(data as ArrayLike<number | bigint | string>).forEach((value, index) => {
      if (typeof value === "string") expect(found[index]).toBe(value);
      else {
        const error = Math.abs(Number(found[index]) - Number(value));
        expect(error, `${name} ${index}`).toBeLessThanOrEqual(
          1e-5 * Math.max(1, Math.abs(Number(value))),
        );
      }
    });
  }
}

describe.each(workloads.map(({ declaration }) => declaration.name))("the exported %s", (name) => {
  it("passes onnx.checker with each of its graphs, in operator sets 17 to 21, with any number of rows", () => {
    const { graphs } = opened[name]!;
    expect(Object.keys(graphs).sort()).toEqual(
      graphsOf(trained.get(name)!)
        .map(([file]) => file)
        .sort(),
    );
    for (const { operatorSets, firstSizes } of Object.values(graphs)) {
      expect(Object.keys(operatorSets)).toEqual(["ai.onnx"]);
      expect(operatorSets["ai.onnx"]).toBeGreaterThanOrEqual(17);
      expect(operatorSets["ai.onnx"]).toBeLessThanOrEqual(21);
      expect(new Set(firstSizes)).toEqual(new Set(["batch"]));
    }
  });

  it("gives equal answers in Python's onnxruntime, graph by graph", async () => {
    for (const [file, bytes] of graphsOf(trained.get(name)!)) {
      expectEqual(opened[name]!.graphs[file]!.answers, await ours(bytes, asked[name]!));
    }
  });

  it("is opened as models:/<name>@champion by stock mlflow.onnx and mlflow.pyfunc, with equal answers", async () => {
    const mine = await ours(trained.get(name)!.model, asked[name]!);
    expectEqual(opened[name]!.loaded, mine);
    expectEqual(opened[name]!.served, mine);
  });
});
