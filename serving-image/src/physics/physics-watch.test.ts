import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sha256Hex } from "../../../contracts/canonical.ts";
import type { FileRole } from "../../../contracts/release.ts";
import { manifestWith } from "../../../test/releases.ts";
import { createRandom } from "../../../training-image/engine/random.ts";
import { outputOf, Session } from "../../../training-image/engine/session.ts";
import {
  initialParameters,
  type PinnDesign,
} from "../../../training-image/workloads/heat/pinn/design.ts";
import { pinnGraphs } from "../../../training-image/workloads/heat/pinn/graphs.ts";
import { heatProblem } from "../../../training-image/workloads/heat/problem/problem.ts";
import { observedToy } from "../../testing/observed.ts";
import type { ObservedAnswer } from "../observer/answers.ts";
import type { PhysicsValues } from "../observer/messages.ts";
import { PhysicsWatch } from "./physics-watch.ts";

/** An untrained network that does not know its conditions: it violates all of the physics. */
const weights = { pde: 1, bc: 30, ic: 30, data: 30, smoothness: 0 };
const design: PinnDesign = { layers: 2, width: 8, conditions: "soft", weights };
const graphs = pinnGraphs(
  design,
  heatProblem().sourceModes,
  initialParameters(design, createRandom(11)),
);

const model = observedToy({
  features: [{ name: "x" }, { name: "y" }, { name: "t" }],
});

function storeOf(files: Partial<Record<FileRole, Uint8Array>>) {
  const manifest = manifestWith({}, "heat");
  manifest.files = Object.entries(files).map(([role, bytes]) => ({
    path: `${role}.onnx`,
    role: role as FileRole,
    size: bytes.length,
    sha256: sha256Hex(bytes),
  }));
  const bytesOf = new Map(Object.values(files).map((bytes) => [sha256Hex(bytes), bytes]));
  return {
    manifest: () => Promise.resolve(manifest),
    file: (sha256: string) => Promise.resolve(bytesOf.get(sha256) as Uint8Array),
  };
}

function answerOf(rows: readonly (readonly number[])[]): ObservedAnswer {
  return {
    requestId: "request-1",
    time: 0,
    durationMs: 1,
    rows: rows.length,
    route: "/predict",
    team: undefined,
    traceparent: undefined,
    isShadow: false,
    inputs: [Float32Array.from(rows.flat())],
    outputs: [],
  };
}

async function direct(graph: Uint8Array, rows: readonly (readonly number[])[], output: string) {
  const session = await Session.open(graph);
  const data = Float32Array.from(rows.flat());
  const answers = await session.run({ features: { data, shape: [rows.length, 3] } });
  await session.close();
  return Array.from(outputOf(answers, output).data as Float32Array, Math.abs);
}

describe("physics watch", () => {
  let values: PhysicsValues[];
  let troubles: (string | undefined)[];
  let draw: number;
  let watch: PhysicsWatch;

  const start = (files: Partial<Record<FileRole, Uint8Array>>) => {
    watch = new PhysicsWatch({
      store: () => storeOf(files),
      onValues: (_key, found) => values.push(found),
      onTrouble: (message) => troubles.push(message),
      random: () => draw,
    });
    watch.configure(0.5);
    return watch.open(model);
  };
  beforeEach(() => {
    [values, troubles, draw] = [[], [], 0];
  });
  afterEach(() => watch.close(model.key));

  it("G-14 holds drawn rows against the equation, the boundary and the start", async () => {
    const { residual, boundary, initial } = graphs;
    await start({ residual, boundary, initial });
    const rows = [
      [0.31, 0.62, 0.2],
      [0.9, 0.45, 0.77],
    ];
    watch.draw(model.key, answerOf(rows));
    watch.tick();
    await watch.settled();
    expect(values).toEqual([
      {
        residual: await direct(residual, rows, "residual"),
        boundary: await direct(boundary, rows, "violation"),
        initial: await direct(initial, rows, "violation"),
        skipped: 0,
      },
    ]);
    expect(Math.min(...(values[0]?.residual ?? []))).toBeGreaterThan(0);
    expect(troubles).toEqual([]);
  });

  it("draws a share of the rows, and no more than it has time for", async () => {
    await start({ residual: graphs.residual });
    draw = 0.5;
    watch.draw(model.key, answerOf([[0, 0, 0]]));
    watch.tick();
    await watch.settled();
    expect(values).toEqual([]);
    draw = 0.49;
    watch.draw(model.key, answerOf(Array.from({ length: 300 }, () => [0.5, 0.5, 0.5])));
    watch.tick();
    await watch.settled();
    expect(values[0]?.residual).toHaveLength(256);
    expect(values[0]).toMatchObject({ boundary: [], initial: [], skipped: 44 });
  });

  it("leaves a release without such graphs alone, and tells of one it cannot read", async () => {
    await start({ model: graphs.model });
    watch.draw(model.key, answerOf([[0.5, 0.5, 0.5]]));
    watch.tick();
    await watch.settled();
    expect(values).toEqual([]);
    expect(troubles).toEqual([]);
    await start({ residual: new TextEncoder().encode("no graph") });
    expect(troubles[0]).toMatch(/^toy: /);
  });
});
