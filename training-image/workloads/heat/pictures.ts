import type { Session } from "../../engine/session.ts";
import { fieldMap, type FieldPanel } from "../../plots/field-map.ts";
import { toPng } from "../../plots/png.ts";
import type { HeatTruth } from "./evaluate.ts";
import { nodePlaces } from "./problem/metrics.ts";
import type { Observations } from "./problem/observations.ts";
import type { HeatProblem } from "./problem/problem.ts";
import { outputAt } from "./served-model.ts";

/** PNG files by path (SPEC G-04). */
export type Pictures = Record<string, Uint8Array>;

/** Cells a side of the maps. */
const cells = 60;
const times = [0.1, 0.5, 0.9] as const;

/** Maps of the diffusivity, beside the true one where that is known, of the temperature and of the residual. */
export async function fieldPictures(
  model: Session,
  residual: Session,
  { problem, observations }: Pick<HeatTruth, "problem" | "observations">,
): Promise<Pictures> {
  const places = nodePlaces(cells);
  const count = places.length / 2;
  const pointsAt = (t: number) => {
    const points = new Float64Array(3 * count);
    for (let node = 0; node < count; node++) {
      points.set([places[2 * node] as number, places[2 * node + 1] as number, t], 3 * node);
    }
    return points;
  };
  const inTime = (session: Session, name: string, colours: FieldPanel["colours"]) =>
    Promise.all(
      times.map(async (t) => ({
        title: `t = ${t}`,
        values: await outputAt(session, name, pointsAt(t)),
        colours,
      })),
    );
  const found = await outputAt(model, "a", pointsAt(0));
  const diffusivity = fieldMap({
    title: "Diffusivity a(x, y)",
    subtitle: "Without unit; dots are the sensors that were trained on",
    panels: diffusivityPanels(found, places, problem, observations),
  });
  const temperature = fieldMap({
    title: "Temperature u(x, y, t)",
    subtitle: "Without unit, as space and time are; lines are at the colour bar's ticks",
    scale: "common",
    panels: await inTime(model, "u", "heat"),
  });
  const residuals = fieldMap({
    title: "Residual of the heat equation",
    subtitle: "u_t − div(a grad u) − f, by exact derivatives of the network",
    scale: "common",
    panels: await inTime(residual, "residual", "difference"),
  });
  return {
    "plots/diffusivity.png": await toPng(diffusivity),
    "plots/temperature.png": await toPng(temperature),
    "plots/residual-map.png": await toPng(residuals),
  };
}

function diffusivityPanels(
  found: Float32Array,
  places: Float64Array,
  problem: HeatProblem,
  { training }: Observations,
): FieldPanel[] {
  const marks = sensorsOf(training.points);
  if (training.clean === undefined) {
    return [{ title: "found", values: found, colours: "sequence", marks }];
  }
  const truth = Float64Array.from(found, (_, node) =>
    problem.diffusivity(places[2 * node] as number, places[2 * node + 1] as number),
  );
  const all = [...found, ...truth];
  const range = [Math.min(...all), Math.max(...all)] as const;
  return [
    { title: "found", values: found, colours: "sequence", range, marks },
    { title: "true", values: truth, colours: "sequence", range },
    {
      title: "found − true",
      values: truth.map((a, node) => (found[node] as number) - a),
      colours: "difference",
    },
  ];
}

/** Each place once. */
function sensorsOf(points: Float64Array): [number, number][] {
  const places = new Map<string, [number, number]>();
  for (let start = 0; start < points.length; start += 3) {
    const place: [number, number] = [points[start] as number, points[start + 1] as number];
    places.set(place.join(), place);
  }
  return [...places.values()];
}
