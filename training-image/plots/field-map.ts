import { contours } from "d3-contour";
import { scaleLinear } from "d3-scale";
import { interpolateInferno, interpolateRdBu, interpolateViridis } from "d3-scale-chromatic";
import { bottomAxis, leftAxis, line, tickLabel, tickStyle, tickValues } from "./axes.ts";
import type { Box } from "./axes.ts";
import { element, group, round, text } from "./svg.ts";
import type { SvgNode } from "./svg.ts";
import { colours, frame, margin } from "./theme.ts";
import type { Chart } from "./theme.ts";

/** `sequence` and `heat` go from the least to the greatest value, `difference` from blue through white at 0 to red. */
export type ColourMap = "sequence" | "heat" | "difference";

export interface FieldPanel {
  title: string;
  /** Values on the nodes (i/n, j/n) of the unit square; node (i, j) at place i (n + 1) + j. */
  values: ArrayLike<number>;
  colours: ColourMap;
  /** Values at the ends of the colours. @default the least and the greatest, or as far below 0 as above */
  range?: readonly [number, number];
  /** Places to mark, such as sensors. */
  marks?: readonly (readonly [number, number])[];
}

export interface FieldMapOptions {
  title: string;
  subtitle?: string;
  /**
   * With "common" the panels can be compared: all have the colours and the range of the first, or from the least value
   * of all to the greatest, and one colour bar. @default "each"
   */
  scale?: "each" | "common";
  panels: readonly FieldPanel[];
}

const side = 300;
/** Below the title, and below the subtitle where there is one. */
const [titled, subtitled] = [100, 124];
const levels = 48;
/** Room for a colour bar and its numbers; between panels without one. */
const [barred, barless] = [148, 44];
const left = margin + 60;

/**
 * Functions on the unit square side by side, as filled contours with colour bars; lines are at the bar's ticks.
 * @throws RangeError where the values of a panel are no square of at least 2 x 2, or one is not finite
 */
export function fieldMap(options: FieldMapOptions): Chart {
  const { title, subtitle, panels, scale = "each" } = options;
  const top = subtitle === undefined ? titled : subtitled;
  const pitch = side + (scale === "each" ? barred : barless);
  const width = left + pitch * (panels.length - 1) + side + barred;
  const height = top + side + 70;
  const shown = scale === "each" ? panels : withCommonScale(panels);
  const drawn = shown.map((panel, index) => {
    const bar = scale === "each" || index === panels.length - 1;
    const box = { left: left + pitch * index, top, width: side, height: side };
    return drawPanel(panel, box, index, bar);
  });
  return frame({ width, height }, { title, subtitle }, drawn);
}

function withCommonScale(panels: readonly FieldPanel[]): FieldPanel[] {
  const [first] = panels;
  if (first === undefined) return [];
  panels.forEach(nodesASide);
  const values = panels.flatMap((panel) => Array.from(panel.values));
  const range = first.range ?? rangeOf({ values, colours: first.colours });
  return panels.map((panel) => ({ ...panel, colours: first.colours, range }));
}

function drawPanel(panel: FieldPanel, box: Box, index: number, withBar: boolean): SvgNode {
  const nodes = nodesASide(panel);
  const [low, high] = panel.range ?? rangeOf(panel);
  const colour = colourOf(panel.colours);
  const clip = `panel-${index}`;
  const { left: x0, top: y0, width: size } = box;
  const cell = size / (nodes - 1);
  // The contours have node i at i + 1/2, and y upwards; x is the slow index of the values, and theirs is the fast one.
  const at = ([column, row]: number[]) =>
    `${round(x0 + (row! - 0.5) * cell)},${round(y0 + size - (column! - 0.5) * cell)}`;
  const path = (rings: number[][][][]) =>
    rings.flatMap((polygon) => polygon.map((ring) => `M${ring.map(at).join("L")}Z`)).join("");
  const values = Array.from(panel.values);
  const generator = contours().size([nodes, nodes]);
  const fills = Array.from({ length: levels - 1 }, (_, k) => (k + 1) / levels).map((share) =>
    element("path", {
      d: path(generator.contour(values, low + share * (high - low)).coordinates),
      fill: colour(share + 0.5 / levels),
    }),
  );
  const bar = scaleLinear()
    .domain([low, high])
    .range([y0 + size, y0]);
  const ticks = tickValues(bar, 6);
  const lines = ticks
    .filter((value) => value > low && value < high && !isOnEdge(values, nodes, value))
    .map((value) =>
      element("path", {
        d: path(generator.contour(values, value).coordinates),
        fill: "none",
        stroke: panel.colours === "difference" ? colours.text : "#ffffff",
        "stroke-opacity": panel.colours === "difference" ? 0.25 : 0.45,
        "stroke-width": 0.8,
      }),
    );
  const [x, y] = [scaleLinear().range([x0, x0 + size]), scaleLinear().range([y0 + size, y0])];
  return group({ class: "panel" }, [
    element("clipPath", { id: clip }, [element("rect", rectangle(box))]),
    text(panel.title, x0, y0 - 14, { "font-weight": 600 }),
    group({ "clip-path": `url(#${clip})` }, [
      element("rect", { ...rectangle(box), fill: colour(0.5 / levels) }),
      // Neighbouring fills would let the background through at their common edges; drawn over each other they do not.
      ...fills,
      ...lines,
    ]),
    ...(panel.marks ?? []).map(([px, py]) =>
      element("circle", {
        cx: x(px),
        cy: y(py),
        r: 2.4,
        fill: "#ffffff",
        stroke: colours.text,
        "stroke-width": 0.9,
        class: "mark",
      }),
    ),
    element("rect", { ...rectangle(box), fill: "none", stroke: colours.axis }),
    bottomAxis(x, box, { label: "x", ticks: 5, grid: false }),
    index === 0 ? leftAxis(y, box, { label: "y", ticks: 5, grid: false }) : undefined,
    withBar
      ? colourBar(bar, ticks, colour, { left: x0 + size + 16, top: y0, width: 13, height: size })
      : undefined,
  ]);
}

/** Whether most of the edge is at this level, as a boundary condition may have it: its line would be the edge itself. */
function isOnEdge(values: readonly number[], nodes: number, level: number): boolean {
  const near = 1e-3 * (Math.max(...values) - Math.min(...values));
  let count = 0;
  for (let k = 0; k < nodes; k++) {
    for (const at of [k, (nodes - 1) * nodes + k, k * nodes, k * nodes + nodes - 1]) {
      if (Math.abs(values[at]! - level) <= near) count++;
    }
  }
  return count > 2 * nodes;
}

function colourBar(
  scale: ReturnType<typeof scaleLinear<number, number>>,
  ticks: readonly number[],
  colour: (share: number) => string,
  box: Box,
): SvgNode {
  const step = box.height / levels;
  const steps = Array.from({ length: levels }, (_, k) =>
    element("rect", {
      x: box.left,
      y: box.top + box.height - (k + 1) * step,
      width: box.width,
      height: step + 0.5,
      fill: colour((k + 0.5) / levels),
    }),
  );
  const right = box.left + box.width;
  const marks = ticks.flatMap((value) => [
    line(right, scale(value), right + 4, scale(value), colours.axis),
    text(tickLabel(scale, value, 6), right + 8, scale(value) + 4, tickStyle("start")),
  ]);
  return group({ class: "colour-bar" }, [
    ...steps,
    element("rect", { ...rectangle(box), fill: "none", stroke: colours.axis }),
    ...marks,
  ]);
}

function nodesASide({ title, values }: FieldPanel): number {
  const nodes = Math.sqrt(values.length);
  if (!Number.isInteger(nodes) || nodes < 2) {
    throw new RangeError(`${title}: ${values.length} values are no square of nodes`);
  }
  for (let k = 0; k < values.length; k++) {
    if (!Number.isFinite(values[k])) throw new RangeError(`${title}: value ${k} is ${values[k]}`);
  }
  return nodes;
}

function rangeOf({
  values,
  colours: map,
}: Pick<FieldPanel, "values" | "colours">): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (let k = 0; k < values.length; k++) {
    [low, high] = [Math.min(low, values[k]!), Math.max(high, values[k]!)];
  }
  if (map === "difference") {
    const most = Math.max(Math.abs(low), Math.abs(high)) || 1;
    return [-most, most];
  }
  return low < high ? [low, high] : [low - 0.5, high + 0.5];
}

function colourOf(map: ColourMap): (share: number) => string {
  if (map === "sequence") return interpolateViridis;
  if (map === "heat") return interpolateInferno;
  return (share) => interpolateRdBu(1 - share);
}

function rectangle({ left: x, top: y, width, height }: Box) {
  return { x, y, width, height };
}
