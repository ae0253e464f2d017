import type { SpaceTimeFunction } from "./fields.ts";

/** One term of a source: amplitude sin(kx pi x) sin(ky pi y) g(t), with g = 1, cos 2 pi t or sin 2 pi t. */
export interface SourceMode {
  amplitude: number;
  kx: number;
  ky: number;
  time: "constant" | "cos" | "sin";
}

export const forcingNames = ["rotating", "constant"] as const;
export type ForcingName = (typeof forcingNames)[number];

/**
 * Heat sources as sums of modes, so that a graph can be made of them term by term. `rotating` is the benchmark's: no
 * point has a zero temperature gradient all the time, or the diffusivity could not be found there. Under `constant`
 * some points come close to that.
 */
export const forcings: Readonly<Record<ForcingName, readonly SourceMode[]>> = {
  rotating: [
    { amplitude: 2, kx: 1, ky: 1, time: "constant" },
    { amplitude: 4, kx: 1, ky: 2, time: "cos" },
    { amplitude: 4, kx: 2, ky: 1, time: "sin" },
  ],
  constant: [
    { amplitude: 2, kx: 1, ky: 1, time: "constant" },
    { amplitude: 4, kx: 1, ky: 2, time: "constant" },
    { amplitude: 3, kx: 2, ky: 1, time: "constant" },
  ],
};

/** The source f(x, y, t) that some modes sum up to. */
export function sourceOf(modes: readonly SourceMode[]): SpaceTimeFunction {
  return (x, y, t) => {
    let sum = 0;
    for (const mode of modes) sum += modeInSpace(mode, x, y) * modeInTime(mode, t);
    return sum;
  };
}

export function modeInSpace({ amplitude, kx, ky }: SourceMode, x: number, y: number): number {
  return amplitude * Math.sin(kx * Math.PI * x) * Math.sin(ky * Math.PI * y);
}

export function modeInTime({ time }: SourceMode, t: number): number {
  if (time === "constant") return 1;
  return time === "cos" ? Math.cos(2 * Math.PI * t) : Math.sin(2 * Math.PI * t);
}
