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
  panels: readonly FieldPanel[];
}

const side = 300;
const top = 124;
const levels = 48;
/** From the left edge of one panel to that of the next. */
const pitch = side + 148;
const left = margin + 60;

/**
 * Functions on the unit square side by side, each as filled contours with a colour bar of its own.
 * @throws RangeError where the values of a panel are no square of at least 2 x 2, or one is not finite
 */
export function fieldMap({ title, subtitle, panels }: FieldMapOptions): Chart {
  const width = left + pitch * panels.length;
  const height = top + side + 70;
  const drawn = panels.map((panel, index) =>
    drawPanel(panel, { left: left + pitch * index, top, width: side, height: side }, index),
  );
  return frame({ width, height }, { title, subtitle }, drawn);
}

function drawPanel(panel: FieldPanel, box: Box, index: number): SvgNode {
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
    .filter((value) => value > low && value < high)
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
    colourBar(bar, ticks, colour, { left: x0 + size + 16, top: y0, width: 13, height: size }),
  ]);
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

function rangeOf({ values, colours: map }: FieldPanel): [number, number] {
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
