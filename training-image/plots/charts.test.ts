import { describe, expect, it } from "vitest";
import { fieldMap } from "./field-map.ts";
import { lineChart } from "./line-chart.ts";
import { toPng } from "./png.ts";
import { summarise } from "./summarise.ts";

const labels = { title: "Losses", xLabel: "step", yLabel: "loss" };
const losses = { name: "loss & parts", x: [1, 2, 3], y: [1, 0.1, 0.01] };
const slope = Float64Array.from({ length: 9 }, (_, k) => k);

/** Width and height from the header of a PNG. */
function sizeOf(png: Uint8Array): number[] {
  const view = new DataView(png.buffer, png.byteOffset);
  return [view.getUint32(16), view.getUint32(20)];
}

describe("charts", () => {
  it("become a PNG of twice their size, the same bytes every time", async () => {
    const chart = lineChart({ ...labels, yScale: "log", series: [losses] });
    const [png, again] = [await toPng(chart), await toPng(chart)];
    expect(sizeOf(png)).toEqual([2 * chart.width, 2 * chart.height]);
    expect(again).toEqual(png);
  });

  it("look different where the values differ", async () => {
    const png = (y: number[]) => toPng(lineChart({ ...labels, series: [{ ...losses, y }] }));
    expect(await png([1, 2, 3])).not.toEqual(await png([3, 2, 1]));
  });

  it("escape what would be markup", () => {
    const { svg } = lineChart({ ...labels, title: "a < b", series: [losses] });
    expect(svg).toContain("a &lt; b");
    expect(svg).toContain("loss &amp; parts");
  });

  it("refuse a series of which nothing can be shown", () => {
    const nothing = { name: "loss", x: [1], y: [-1] };
    expect(() => lineChart({ ...labels, yScale: "log", series: [nothing] })).toThrow(RangeError);
  });

  it("show a panel for each field, and refuse values that are no square or not finite", async () => {
    const panel = (values: ArrayLike<number>) => ({
      title: "a",
      values,
      colours: "sequence" as const,
    });
    const one = fieldMap({ title: "Field", panels: [panel(slope)] });
    const two = fieldMap({ title: "Field", panels: [panel(slope), panel(slope)] });
    expect(two.width).toBeGreaterThan(one.width);
    expect(sizeOf(await toPng(one))).toEqual([2 * one.width, 2 * one.height]);
    for (const bad of [slope.slice(1), slope.with(4, NaN)]) {
      expect(() => fieldMap({ title: "Field", panels: [panel(bad)] })).toThrow(RangeError);
    }
  });

  it("show panels on one scale, with one colour bar, where they are to be compared", () => {
    const panel = (factor: number) => ({
      title: `times ${factor}`,
      values: slope.map((value) => factor * value),
      colours: "sequence" as const,
    });
    const bars = (svg: string) => svg.split('class="colour-bar"').length - 1;
    const panels = [panel(1), panel(10)];
    const each = fieldMap({ title: "Field", panels });
    const common = fieldMap({ title: "Field", panels, scale: "common" });
    expect([bars(each.svg), bars(common.svg)]).toEqual([2, 1]);
    // The first panel takes a tenth of the colours: the contours of the others are empty.
    const empty = (svg: string) => svg.split(' d=""').length - 1;
    expect(empty(each.svg)).toBe(0);
    expect(empty(common.svg)).toBeGreaterThan(40);
    expect(common.width).toBeLessThan(each.width);
    const bad = [panel(1), { ...panel(1), values: slope.with(4, NaN) }];
    expect(() => fieldMap({ title: "Field", panels: bad, scale: "common" })).toThrow(RangeError);
  });

  it("draw no line where the edge is at its level", () => {
    const hill = Float64Array.from({ length: 81 }, (_, k) => {
      const [x, y] = [Math.floor(k / 9) / 8, (k % 9) / 8];
      return Math.sin(Math.PI * x) * Math.sin(Math.PI * y);
    });
    const linesOf = (values: Float64Array) => {
      const panels = [{ title: "u", values, colours: "heat" as const, range: [-1, 1] as const }];
      return fieldMap({ title: "Field", panels }).svg.split('stroke-opacity="').length;
    };
    // Lines at -0.5, 0 and 0.5; without the hill's edge at 0 there is one more.
    expect(linesOf(hill)).toBe(linesOf(hill.map((value) => value - 0.1)) - 1);
  });

  it("of losses leave no decade empty", () => {
    const y = [12, 3, 0.5];
    const { svg } = lineChart({ ...labels, yScale: "log", series: [{ ...losses, y }] });
    const ticks = [...svg.matchAll(/class="tick"[^>]*>([^<]*)</g)].map(([, label]) => label);
    expect(ticks).toContain("10⁰");
    expect(ticks).toContain("10¹");
    expect(ticks).not.toContain("10²");
    expect(ticks).not.toContain("10⁻¹");
  });

  it("summarise a long series by neighbours, from the least to the greatest", () => {
    const y = Float64Array.from({ length: 10_000 }, (_, k) => (k % 2 === 0 ? 1 : 3));
    const x = y.map((_, k) => k);
    const summaries = summarise(x, y, false);
    expect(summaries.length).toBeLessThan(1_000);
    for (const { low, high } of summaries) expect([low, high]).toEqual([1, 3]);
  });
});
