import type { ScaleContinuousNumeric } from "d3-scale";
import { element, group, text } from "./svg.ts";
import type { SvgNode } from "./svg.ts";
import { colours, sizes } from "./theme.ts";

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface AxisOptions {
  label: string;
  /** About how many ticks. */
  ticks: number;
  /** Lines through the whole box. */
  grid: boolean;
}

type Scale = ScaleContinuousNumeric<number, number>;

export function bottomAxis(scale: Scale, box: Box, { label, ticks, grid }: AxisOptions): SvgNode {
  const bottom = box.top + box.height;
  const marks = tickValues(scale, ticks).flatMap((value) => {
    const x = scale(value);
    return [
      line(x, grid ? box.top : bottom, x, bottom + 5, grid ? colours.grid : colours.axis),
      text(tickLabel(scale, value, ticks), x, bottom + 20, tickStyle("middle")),
    ];
  });
  return group({ class: "axis-x" }, [
    ...marks,
    line(box.left, bottom, box.left + box.width, bottom, colours.axis),
    text(label, box.left + box.width / 2, bottom + 42, labelStyle),
  ]);
}

export function leftAxis(scale: Scale, box: Box, { label, ticks, grid }: AxisOptions): SvgNode {
  const marks = tickValues(scale, ticks).flatMap((value) => {
    const y = scale(value);
    const right = grid ? box.left + box.width : box.left;
    return [
      line(box.left - 5, y, right, y, grid ? colours.grid : colours.axis),
      text(tickLabel(scale, value, ticks), box.left - 10, y + 4, tickStyle("end")),
    ];
  });
  const [x, y] = [box.left - 52, box.top + box.height / 2];
  return group({ class: "axis-y" }, [
    ...marks,
    text(label, x, y, { ...labelStyle, transform: `rotate(-90 ${x} ${y})` }),
  ]);
}

export function line(x1: number, y1: number, x2: number, y2: number, stroke: string): SvgNode {
  return element("line", { x1, y1, x2, y2, stroke, "stroke-width": 1 });
}

export function tickStyle(anchor: "start" | "middle" | "end") {
  return { anchor, "font-size": sizes.tick, fill: colours.quiet, class: "tick" } as const;
}

const labelStyle = { anchor: "middle", fill: colours.text, class: "label" } as const;

/** On a logarithmic scale the powers of ten alone, where there are two or more. */
export function tickValues(scale: Scale, count: number): number[] {
  if (!isLogarithmic(scale)) return scale.ticks(count);
  const powers = scale.ticks().filter((value) => Number.isInteger(exponentOf(value)));
  const every = Math.ceil(powers.length / (count + 2));
  return powers.length >= 2 ? powers.filter((_, index) => index % every === 0) : scale.ticks(count);
}

export function tickLabel(scale: Scale, value: number, count: number): string {
  if (isLogarithmic(scale)) {
    const exponent = exponentOf(value);
    return Number.isInteger(exponent) ? `10${superscript(exponent)}` : String(value);
  }
  const ends = scale.domain().map(Math.abs);
  if (Math.max(...ends) >= 1e-3) return scale.tickFormat(count)(value);
  return value === 0 ? "0" : scale.tickFormat(count, "~e")(value);
}

function isLogarithmic(scale: Scale): boolean {
  return "base" in scale;
}

function exponentOf(value: number): number {
  const exponent = Math.log10(value);
  return Math.abs(exponent - Math.round(exponent)) < 1e-9 ? Math.round(exponent) : exponent;
}

function superscript(value: number): string {
  const digits = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  return [...String(value)].map((sign) => (sign === "-" ? "⁻" : digits[Number(sign)])).join("");
}
