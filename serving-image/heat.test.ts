import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FakeS3 } from "../contracts/testing/fake-s3.ts";
import { outputOf, Session } from "../training-image/engine/session.ts";
import { testContext } from "../training-image/testing/training-context.ts";
import { heat } from "../training-image/workloads/heat/declaration.ts";
import { observe } from "../training-image/workloads/heat/problem/observations.ts";
import { heatProblem } from "../training-image/workloads/heat/problem/problem.ts";
import { solveReference } from "../training-image/workloads/heat/problem/reference.ts";
import { heatWorkload } from "../training-image/workloads/heat/workload.ts";
import { apiKey, ServerProcess } from "./testing/server-process.ts";
import { startStore, storeToy } from "./testing/toy-release.ts";

/**
 * A network of the inverse heat problem, as the training image makes it, in a server's process. It is too small, and
 * trained too little, to be right: what is held against each other is what the server says and what the graphs say.
 */
let s3: FakeS3;
let server: ServerProcess;
let release: string;
const point = [0.5, 0.5, 0.1];
/** What the graphs say of the point: the temperature, and how far it is from the equation. */
let u: number;
let residual: number;

beforeAll(async () => {
  s3 = await startStore();
  const problem = heatProblem();
  const observations = observe(problem, solveReference(problem, 20));
  const tiny = { layers: 1, width: 4, batch: 64, steps: 50 };
  const trained = await heatWorkload.train(observations, testContext(heat, tiny));
  const { model: graph, contract, graphs = {} } = trained;
  u = await valueOf(graph, "u");
  residual = Math.abs(await valueOf(graphs.residual!, "residual"));
  ({ release } = await storeToy(s3, { model: "heat", graph, contract, physics: graphs }));
  const models = [{ name: "heat", version: "4", release }];
  server = await ServerProcess.start({
    objects: s3.url,
    models,
    config: { physics: { share: 1 } },
  });
  await server.ready();
});
afterAll(async () => {
  await server?.stop();
  await s3?.close();
});

/** One output of a graph at the point. */
async function valueOf(graph: Uint8Array, output: string): Promise<number> {
  const session = await Session.open(graph);
  try {
    const data = Float32Array.from(point);
    const results = await session.run({ features: { data, shape: [1, 3] } });
    return Number(outputOf(results, output).data[0]);
  } finally {
    await session.close();
  }
}

const key = { "x-api-key": apiKey };

describe("heat, served", () => {
  it("G-08 GET /predict-temperature answers u(x,y,t), both versions and the time, and nothing else", async () => {
    const { status, body } = await server.get("/predict-temperature?x=0.5&y=0.5&t=0.1", key);
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        "u(x,y,t)": expect.closeTo(u, 6) as number,
        model_version: "4",
        data_version: "data-7",
        timestamp: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      },
    });
  });

  it("G-08 refuses a point outside of the plate or of its time, and names the coordinate", async () => {
    const beyond: [string, string][] = [
      ["x=1.5&y=0.5&t=0.1", "x"],
      ["x=0.5&y=-0.1&t=0.1", "y"],
      ["x=0.5&y=0.5&t=2", "t"],
    ];
    for (const [query, name] of beyond) {
      const { status, body } = await server.get(`/predict-temperature?${query}`, key);
      expect({ status, body }).toEqual({
        status: 400,
        body: {
          error: expect.stringMatching(new RegExp(`^${name}: .*domain is 0 to 1`)) as string,
        },
      });
    }
  });

  it("G-09 G-10 answers V1's instances and V2 with the same temperature", async () => {
    const v1 = await server.post("/v1/models/heat:predict", { instances: [point] });
    expect({ status: v1.status, body: v1.body }).toMatchObject({
      status: 200,
      body: { predictions: [expect.closeTo(u, 6)], model: { release } },
    });
    const v2 = await server.post("/v2/models/heat/infer", {
      inputs: [{ name: "features", datatype: "FP32", shape: [1, 3], data: point }],
      outputs: [{ name: "u" }, { name: "a" }],
    });
    const { outputs } = v2.body as { outputs: { name: string; data: number[] }[] };
    expect(outputs[0]?.data).toEqual((v1.body as { predictions: number[] }).predictions);
    // A diffusivity is positive.
    expect(outputs[1]?.data[0]).toBeGreaterThan(0);
  });

  it("G-14 tells how far its answers are from the equation, the boundary and the start", async () => {
    const series = (text: string, name: string) =>
      Number(new RegExp(`^${name}\\{[^}]*model_name="heat"[^}]*\\} (\\S+)$`, "m").exec(text)?.[1]);
    const page = await server.until(async () => {
      // The graphs of the physics are fetched after the model serves.
      await server.post("/v1/models/heat:predict", { instances: [point] });
      const text = await server.metrics();
      return series(text, "physics_residual_count") > 0 ? text : undefined;
    });
    const mean = (name: string) => series(page, `${name}_sum`) / series(page, `${name}_count`);
    expect(mean("physics_residual")).toBeCloseTo(residual, 5);
    expect(series(page, "physics_residual_mean_square")).toBeCloseTo(residual ** 2, 5);
    // The network meets both by construction.
    expect(mean("physics_boundary_violation")).toBe(0);
    expect(mean("physics_initial_violation")).toBeLessThan(1e-6);
    expect(page).toContain(release);
  });
});
