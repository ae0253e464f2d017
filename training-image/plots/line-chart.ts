import { scaleLinear, scaleLog } from "d3-scale";
import { area, line as curve } from "d3-shape";
import { bottomAxis, leftAxis } from "./axes.ts";
import type { Box } from "./axes.ts";
import { summarise } from "./summarise.ts";
import type { Summary } from "./summarise.ts";
import { element, group, text } from "./svg.ts";
import type { SvgNode } from "./svg.ts";
import { colours, frame, seriesColours } from "./theme.ts";
import type { Chart } from "./theme.ts";

export interface Series {
  name: string;
  x: ArrayLike<number>;
  y: ArrayLike<number>;
}

export interface LineChartOptions {
  title: string;
  subtitle?: string;
  xLabel: string;
  yLabel: string;
  /** A logarithmic axis shows positive values only. @default "linear" */
  yScale?: "linear" | "log";
  series: readonly Series[];
}

const [width, height] = [960, 540];
/** Factor above and below the lines of a logarithmic chart. */
const headroom = 1.3;
const box: Box = { left: 92, top: 96, width: 700, height: 376 };

/**
 * Lines over a common axis, such as losses by step. Where a series has more points than there is room for, the line
 * goes through means of neighbours and a band shows from their least to their greatest.
 * @throws RangeError where no series has a point that can be shown
 */
export function lineChart(options: LineChartOptions): Chart {
  const { title, subtitle, xLabel, yLabel, yScale = "linear", series } = options;
  const logarithmic = yScale === "log";
  const summaries = series.map(({ x, y }) => summarise(x, y, logarithmic));
  const points = summaries.flat();
  if (points.length === 0) throw new RangeError(`${title}: there is no point to show`);
  const x = scaleLinear()
    .domain(extent(points.flatMap((point) => [point.first, point.last])))
    .range([box.left, box.left + box.width]);
  const values = points.flatMap(({ low, high }) => [low, high]);
  const [low, high] = extent(values, logarithmic);
  // Whole decades, as `nice` would have them, may leave half of the chart empty.
  const y = (
    logarithmic
      ? scaleLog().domain([low / headroom, high * headroom])
      : scaleLinear().domain([low, high]).nice()
  ).range([box.top + box.height, box.top]);

  const band = area<Summary>(
    (point) => x(point.x),
    (point) => y(point.low),
    (point) => y(point.high),
  );
  const mean = curve<Summary>(
    (point) => x(point.x),
    (point) => y(point.mean),
  );
  const lines = summaries.map((summary, index) => {
    const colour = colourOf(index);
    const spread = summary.some(({ low, high }) => high > low);
    return group({ class: "series" }, [
      spread
        ? element("path", { d: band(summary) ?? "", fill: colour, "fill-opacity": 0.16 })
        : undefined,
      element("path", {
        d: mean(summary) ?? "",
        fill: "none",
        stroke: colour,
        "stroke-width": 2.2,
        "stroke-linejoin": "round",
        "stroke-linecap": "round",
      }),
    ]);
  });
  const ends = summaries.map((summary) => {
    const last = summary.at(-1);
    return last === undefined ? undefined : y(last.mean);
  });
  return frame({ width, height }, { title, subtitle }, [
    leftAxis(y, box, { label: yLabel, ticks: 6, grid: true }),
    bottomAxis(x, box, { label: xLabel, ticks: 7, grid: false }),
    // The first one, such as the loss, lies over the others.
    ...lines.reverse(),
    legend(series, ends),
  ]);
}

/** Names at the right ends of their lines, moved apart where they would touch. */
function legend(series: readonly Series[], ends: readonly (number | undefined)[]): SvgNode {
  const apart = 19;
  const bottom = box.top + box.height;
  const entries = series
    .map(({ name }, index) => ({ name, index, y: ends[index] ?? bottom }))
    .sort((one, other) => one.y - other.y);
  let above = box.top - apart;
  for (const entry of entries) above = entry.y = Math.max(entry.y, above + apart);
  let below = Math.max(bottom + 6, above - (above - bottom));
  for (const entry of [...entries].reverse()) below = (entry.y = Math.min(entry.y, below)) - apart;
  const left = box.left + box.width + 12;
  return group(
    { class: "legend" },
    entries.map(({ name, index, y }) =>
      text(name, left, y + 4, { fill: colourOf(index), "font-weight": 600 }),
    ),
  );
}

function colourOf(index: number): string {
  return seriesColours[index % seriesColours.length] ?? colours.text;
}

/** From the least to the greatest; of some length even where they are equal. */
function extent(values: readonly number[], logarithmic = false): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  if (low < high) return [low, high];
  return logarithmic ? [low / 2, high * 2] : [low - 0.5, high + 0.5];
}
