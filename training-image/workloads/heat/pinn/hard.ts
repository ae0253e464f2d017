import { initialTemperature } from "../problem/fields.ts";

/**
 * Conditions by construction: u = u0(x, y) + g(x, y, t) N(x, y, t) with g = 16 x (1 - x) y (1 - y) (1 - exp(-t / tau)),
 * which vanishes at the boundary, as u0 does, and at the start (Lagaris, Likas and Fotiadis, 1998).
 */
export const riseTime = 0.2;

/** u0 and g with the derivatives that the heat equation needs. */
export interface Construction {
  start: { value: number; x: number; y: number; laplacian: number };
  factor: { value: number; x: number; y: number; t: number; laplacian: number };
}

export function constructionAt(x: number, y: number, t: number): Construction {
  const [bumpX, bumpY] = [4 * x * (1 - x), 4 * y * (1 - y)];
  const [slopeX, slopeY] = [4 - 8 * x, 4 - 8 * y];
  const fading = Math.exp(-t / riseTime);
  const rise = 1 - fading;
  const value = initialTemperature(x, y);
  return {
    start: {
      value,
      x: Math.PI * Math.cos(Math.PI * x) * Math.sin(Math.PI * y),
      y: Math.PI * Math.sin(Math.PI * x) * Math.cos(Math.PI * y),
      laplacian: -2 * Math.PI ** 2 * value,
    },
    factor: {
      value: bumpX * bumpY * rise,
      x: slopeX * bumpY * rise,
      y: bumpX * slopeY * rise,
      t: (bumpX * bumpY * fading) / riseTime,
      laplacian: -8 * (bumpX + bumpY) * rise,
    },
  };
}
