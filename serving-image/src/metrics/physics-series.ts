import type { PhysicsValues } from "../observer/messages.ts";
import { Spread } from "./series.ts";

/** Sizes of violations, from rounding to nonsense; u and its equation are of order 1. */
export const violations = [1e-6, 1e-5, 1e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1, 3, 10];

/** Rows that the mean square is of. */
const windowRows = 1_000;

/** What sampled rows of one release showed about the physics (SPEC G-14). */
export class PhysicsSeries {
  readonly residual = new Spread(violations);
  readonly boundary = new Spread(violations);
  readonly initial = new Spread(violations);
  /** Rows that were drawn when there was no time for them. */
  skipped = 0;
  readonly #squares = new Float64Array(windowRows);
  #rows = 0;

  add({ residual, boundary, initial, skipped }: PhysicsValues): void {
    for (const value of residual) {
      this.residual.observe(value);
      this.#squares[this.#rows++ % windowRows] = value ** 2;
    }
    for (const value of boundary) this.boundary.observe(value);
    for (const value of initial) this.initial.observe(value);
    this.skipped += skipped;
  }

  /** Of the residual over the newest rows; undefined before the first. */
  get meanSquare(): number | undefined {
    const rows = Math.min(this.#rows, windowRows);
    if (rows === 0) return undefined;
    return this.#squares.subarray(0, rows).reduce((sum, square) => sum + square, 0) / rows;
  }
}
