import { emit } from "../../../engine/emit.ts";
import {
  abs,
  add,
  concat,
  cos,
  exp,
  greater,
  minimum,
  mul,
  reshape,
  scale,
  shift,
  sin,
  slice,
  sub,
  where,
} from "../../../engine/ops.ts";
import { input, scalar, type Tensor } from "../../../engine/tensor.ts";
import type { SourceMode } from "../problem/forcing.ts";
import { initialDiffusivity } from "../problem/problem.ts";
import {
  diffusivity,
  diffusivityDirections,
  diffusivityShape,
  type PinnDesign,
  pinnLayout,
  placeDirections,
  temperature,
  temperatureShape,
  timeDirection,
} from "./design.ts";
import { riseTime } from "./hard.ts";
import { type Parameters, Pass } from "./network.ts";
import { constructed, plain, residual, type Temperature } from "./residual.ts";

/** Trained networks as ONNX files. Each takes `features` [batch, 3]: x, y and t as they are. */
export interface PinnGraphs {
  /** `u` [batch] and `a` [batch]. */
  model: Uint8Array;
  /** `residual` [batch] of the heat equation, and what it is made of. */
  residual: Uint8Array;
  /** `violation` [batch]: |u| at the nearest point of the boundary. */
  boundary: Uint8Array;
  /** `violation` [batch]: u - u0 at the same place at t = 0. */
  initial: Uint8Array;
}

/** @param vector the trained parameters */
export function pinnGraphs(
  design: PinnDesign,
  modes: readonly SourceMode[],
  vector: Float32Array,
): PinnGraphs {
  const parameters = pinnLayout(design).constants(vector);
  const features = input("features", ["batch", 3]);
  const graph = (name: string, outputs: Record<string, Tensor>) => {
    const flat = Object.entries(outputs).map(([key, value]) => [key, reshape(value, ["batch"])]);
    return emit({ name, inputs: [features], outputs: Object.fromEntries(flat) });
  };
  const [x, y, t] = columns(features);
  const u = temperatureAt(design, parameters, features);
  const log = new Pass(
    diffusivity,
    diffusivityShape,
    parameters,
    shift(scale(slice(features, 0, 2, 1), 2), -1),
    { directions: diffusivityDirections },
  ).output;
  const a = scale(exp(log.value), initialDiffusivity);
  const [logX, logY] = log.tangents as [Tensor, Tensor];
  const still = concat([x, y, scale(t, 0)], 1);
  return {
    model: graph("heat", { u: valueAt(design, parameters, features), a }),
    residual: graph("heat_residual", {
      residual: residual(u, log, source(modes, x, y, t)),
      u: valueAt(design, parameters, features),
      u_t: u.t,
      u_x: u.x,
      u_y: u.y,
      u_laplacian: u.laplacian,
      a,
      a_x: mul(a, logX),
      a_y: mul(a, logY),
    }),
    boundary: graph("heat_boundary", {
      violation: abs(valueAt(design, parameters, nearestOnBoundary(x, y, t))),
    }),
    initial: graph("heat_initial", {
      violation: sub(valueAt(design, parameters, still), startAt(x, y)),
    }),
  };
}

function valueAt(design: PinnDesign, parameters: Parameters, features: Tensor): Tensor {
  const points = shift(scale(features, 2), -1);
  const { value } = new Pass(temperature, temperatureShape(design), parameters, points).output;
  if (design.conditions === "soft") return value;
  const [x, y, t] = columns(features);
  return add(startAt(x, y), mul(factors(x, y, t)["factor"] as Tensor, value));
}

function temperatureAt(design: PinnDesign, parameters: Parameters, features: Tensor): Temperature {
  const points = shift(scale(features, 2), -1);
  const shape = temperatureShape(design);
  const directions = [...placeDirections, timeDirection];
  const streams = new Pass(temperature, shape, parameters, points, { directions }).output;
  if (design.conditions === "soft") return plain(streams);
  const known = factors(...columns(features));
  return constructed(streams, (name) => known[name] as Tensor);
}

/** u0 and g with their derivatives as `hard.ts` defines them, under the names of the pool's columns. */
export function factors(x: Tensor, y: Tensor, t: Tensor): Record<string, Tensor> {
  const bump = (z: Tensor) => scale(mul(z, sub(scalar(1, z), z)), 4);
  const slope = (z: Tensor) => shift(scale(z, -8), 4);
  const fading = exp(scale(t, -1 / riseTime));
  const rise = sub(scalar(1, t), fading);
  const [bumpX, bumpY] = [bump(x), bump(y)];
  const factor = mul(mul(bumpX, bumpY), rise);
  const factorX = mul(mul(slope(x), bumpY), rise);
  const factorY = mul(mul(bumpX, slope(y)), rise);
  const [alongX, alongY] = [scale(x, Math.PI), scale(y, Math.PI)];
  return {
    factor,
    factor_x: factorX,
    factor_y: factorY,
    factor_t: scale(mul(mul(bumpX, bumpY), fading), 1 / riseTime),
    factor_laplacian: scale(mul(add(bumpX, bumpY), rise), -8),
    factor_root: scale(factor, Math.SQRT1_2),
    double_x: scale(factorX, Math.SQRT2),
    double_y: scale(factorY, Math.SQRT2),
    start_x: scale(mul(cos(alongX), sin(alongY)), Math.PI),
    start_y: scale(mul(sin(alongX), cos(alongY)), Math.PI),
    start_laplacian: scale(startAt(x, y), -2 * Math.PI ** 2),
  };
}

/** sin(pi x) sin(pi y), by the nearer side: so that it is exactly zero on all four of them. */
function startAt(x: Tensor, y: Tensor): Tensor {
  const wave = (z: Tensor) => sin(scale(minimum(z, sub(scalar(1, z), z)), Math.PI));
  return mul(wave(x), wave(y));
}

function source(modes: readonly SourceMode[], x: Tensor, y: Tensor, t: Tensor): Tensor {
  return modes
    .map(({ amplitude, kx, ky, time }) => {
      const space = mul(sin(scale(x, kx * Math.PI)), sin(scale(y, ky * Math.PI)));
      const turns = scale(t, 2 * Math.PI);
      if (time === "constant") return scale(space, amplitude);
      return scale(mul(space, time === "cos" ? cos(turns) : sin(turns)), amplitude);
    })
    .reduce((sum, mode) => add(sum, mode));
}

/** The place moved to the side of the square that is nearest. */
function nearestOnBoundary(x: Tensor, y: Tensor, t: Tensor): Tensor {
  const [offX, offY] = [shift(x, -0.5), shift(y, -0.5)];
  const side = (off: Tensor) => where(greater(off, scalar(0, off)), scalar(1, off), scalar(0, off));
  const byX = greater(abs(offX), abs(offY));
  return concat([where(byX, side(offX), x), where(byX, y, side(offY)), t], 1);
}

function columns(features: Tensor): [x: Tensor, y: Tensor, t: Tensor] {
  return [slice(features, 0, 1, 1), slice(features, 1, 2, 1), slice(features, 2, 3, 1)];
}
