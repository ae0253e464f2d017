import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { emit } from "../../training-image/engine/emit.ts";
import { objective } from "../../training-image/engine/objective.ts";
import { createRandom } from "../../training-image/engine/random.ts";
import { outputOf, Session } from "../../training-image/engine/session.ts";
import { constant, input } from "../../training-image/engine/tensor.ts";
import { pinnLayout } from "../../training-image/workloads/heat/pinn/design.ts";
import { pinnLoss } from "../../training-image/workloads/heat/pinn/loss.ts";
import { MeasuringChild } from "./child.ts";
import { benchDesign, benchPools } from "./heat-bench.ts";
import type { Peer } from "./peers.ts";

/** Relative differences between two implementations of the same loss. */
export interface Agreement {
  loss: number;
  gradient: number;
}

const rows = 64;

/** Loss and gradient of ours beside a peer's, at the same random parameters (biases too) and points, in float32. */
export async function heatAgreement(
  peer: Peer,
  network: { layers: number; width: number },
): Promise<Agreement> {
  const design = benchDesign(network);
  const layout = pinnLayout(design);
  const random = createRandom(17);
  const parameters = Float32Array.from({ length: layout.size }, () => 0.2 * random.normal());
  const pools = benchPools();
  const pick = (pool: typeof pools.interior, chosen: readonly number[]) => {
    const width = pool.shape[1] as number;
    return chosen.map((row) => [...pool.data.slice(row * width, (row + 1) * width)].map(Number));
  };
  const below = (limit: number) => Math.floor(limit * random.uniform());
  const sections = pools.sections.map(({ part }) => ({ part, rows }));
  let start = 0;
  const ofKnown = pools.sections.flatMap((section) => {
    const from = start;
    start += section.rows;
    return Array.from({ length: rows }, () => from + below(section.rows));
  });
  const count = pools.interior.shape[0] as number;
  const interior = pick(
    pools.interior,
    Array.from({ length: 4 * rows }, () => below(count)),
  );
  const known = pick(pools.known, ofKnown);
  const matrix = (of: readonly number[][]) =>
    constant(Float32Array.from(of.flat()), [of.length, of[0]?.length ?? 0]);
  const vector = input("vector", [layout.size]);
  const { gradient, traces } = objective(layout, vector, (named) =>
    pinnLoss(design, named, { interior: matrix(interior), known: matrix(known), sections }),
  );
  const session = await Session.open(
    emit({ name: "agreement", inputs: [vector], outputs: { gradient, loss: traces["loss"]! } }),
  );
  const results = await session.run({ vector: { data: parameters, shape: [layout.size] } });
  await session.close();
  const folder = await mkdtemp(join(tmpdir(), "isotherm-agreement-"));
  try {
    const path = join(folder, "given.json");
    const networks = [
      [3, network.layers, network.width],
      [2, 2, 32],
    ];
    const given = {
      networks,
      interior,
      known,
      parameters: [...parameters],
      loss: Number(outputOf(results, "loss").data[0]),
      gradient: [...(outputOf(results, "gradient").data as Float32Array)],
    };
    await writeFile(path, JSON.stringify(given));
    return await MeasuringChild.once<Agreement>([peer.python, peer.program], { check: path });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
