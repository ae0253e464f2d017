import { outputOf, Session } from "../../engine/session.ts";
import type { TrainedModel } from "../workload.ts";
import type { HeatModel } from "./problem/metrics.ts";
import type { SpaceTimePoints } from "./problem/points.ts";

/** Rows a run, to keep what a run works on small. */
const rowsAtOnce = 4096;

/** One output of a graph over `features` [batch, 3], at any number of points. */
export async function outputAt(
  session: Session,
  name: string,
  points: SpaceTimePoints,
): Promise<Float32Array> {
  const rows = points.length / 3;
  const values = new Float32Array(rows);
  for (let first = 0; first < rows; first += rowsAtOnce) {
    const data = Float32Array.from(points.subarray(3 * first, 3 * (first + rowsAtOnce)));
    const results = await session.run({ features: { data, shape: [data.length / 3, 3] } });
    values.set(outputOf(results, name).data as Float32Array, first);
  }
  return values;
}

/** The temperature and the diffusivity that a model file gives, as a server would. */
export function servedModel(session: Session): HeatModel {
  return {
    u: (points) => outputAt(session, "u", points),
    a(places) {
      const points = new Float64Array((places.length / 2) * 3);
      for (let place = 0; place < places.length / 2; place++) {
        points.set(places.subarray(2 * place, 2 * place + 2), 3 * place);
      }
      return outputAt(session, "a", points);
    },
  };
}

/** Does something with the graphs of a trained model, as a server would open them. */
export async function withGraphs<Result>(
  { model, graphs }: Pick<TrainedModel, "model" | "graphs">,
  work: (model: Session, residual: Session) => Promise<Result>,
): Promise<Result> {
  if (graphs?.residual === undefined) throw new Error("heat: the model has no residual graph");
  const sessions = [await Session.open(model), await Session.open(graphs.residual)] as const;
  try {
    return await work(...sessions);
  } finally {
    await Promise.all(sessions.map((session) => session.close()));
  }
}
