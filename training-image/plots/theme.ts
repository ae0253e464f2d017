import { element, text } from "./svg.ts";
import type { SvgNode } from "./svg.ts";

/** A drawing that `toPng` turns into pixels. */
export interface Chart {
  svg: string;
  /** In pixels of a plain screen; the PNG has twice as many. */
  width: number;
  height: number;
}

export const colours = {
  text: "#1f2933",
  quiet: "#616e7c",
  grid: "#e4e7eb",
  axis: "#9aa5b1",
  background: "#ffffff",
} as const;

/** Told apart with any colour vision and in print; in order of use. */
export const seriesColours = [
  "#1f6fb2",
  "#d1602a",
  "#1d8a66",
  "#8b4a9c",
  "#b38a1f",
  "#55606e",
] as const;

export const sizes = { title: 19, subtitle: 13, label: 13, tick: 12 } as const;

/** A whole drawing with its title in the upper left corner. */
export function frame(
  { width, height }: { width: number; height: number },
  { title, subtitle }: { title: string; subtitle?: string | undefined },
  children: readonly SvgNode[],
): Chart {
  const svg = element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      "font-family": "Inter",
      "font-size": sizes.label,
      fill: colours.text,
    },
    [
      element("rect", { width, height, fill: colours.background }),
      text(title, margin, 36, { "font-size": sizes.title, "font-weight": 600 }),
      subtitle === undefined
        ? undefined
        : text(subtitle, margin, 58, { "font-size": sizes.subtitle, fill: colours.quiet }),
      ...children,
    ],
  );
  return { svg: svg.markup, width, height };
}

/** Left and right of everything. */
export const margin = 28;
