import { describe, expect, it } from "vitest";
import { GradientSession } from "./gradient-session.ts";
import { lbfgs } from "./lbfgs.ts";
import { lineSearch } from "./line-search.ts";
import { matmul, mean, square, sub, tanh } from "./ops.ts";
import { ParameterLayout } from "./parameters.ts";
import { createRandom } from "./random.ts";
import { constant } from "./tensor.ts";

/** Rosenbrock's valley in `n` dimensions; its minimum, 0, is where all are 1. */
function rosenbrock(x: Float64Array) {
  let loss = 0;
  const gradient = new Float64Array(x.length);
  for (let i = 0; i + 1 < x.length; i++) {
    const [rise, off] = [x[i + 1]! - x[i]! ** 2, 1 - x[i]!];
    loss += 100 * rise ** 2 + off ** 2;
    gradient[i]! += -400 * x[i]! * rise - 2 * off;
    gradient[i + 1]! += 200 * rise;
  }
  return { loss, gradient };
}

describe("L-BFGS", () => {
  it.each([2, 10, 50])("finds the end of Rosenbrock's valley in %d dimensions", async (n) => {
    let evaluations = 0;
    const start = Array.from({ length: n }, (_, i) => (i % 2 === 0 ? -1.2 : 1));
    const losses: number[] = [];
    const result = await lbfgs(
      async (x) => {
        evaluations += 1;
        return rosenbrock(x);
      },
      start,
      { iterations: 500, progress: (_, loss) => losses.push(loss) },
    );
    expect(result.reason).toBe("converged");
    expect(evaluations).toBeLessThan(n < 50 ? 150 : 500);
    result.parameters.forEach((value) => expect(value).toBeCloseTo(1, 6));
    expect(losses).toHaveLength(result.iterations);
    losses.forEach((loss, i) => expect(loss).toBeLessThanOrEqual(losses[i - 1] ?? Infinity));
  });

  it("ends in as many iterations as there are curvatures on a quadratic", async () => {
    const curvatures = [1, 10, 100, 1000];
    const result = await lbfgs(
      async (x) => ({
        loss: curvatures.reduce((sum, c, i) => sum + (c * x[i]! ** 2) / 2, 0),
        gradient: curvatures.map((c, i) => c * x[i]!),
      }),
      [1, 1, 1, 1],
      { iterations: 100 },
    );
    expect(result.reason).toBe("converged");
    expect(result.iterations).toBeLessThan(25);
  });

  it("goes on from where a loss is not finite, and says so where it starts there", async () => {
    // log x - 1 has no value for x <= 0, where the first long steps lead.
    const evaluate = async ([x = 0]: Float64Array) => ({
      loss: x - Math.log(x),
      gradient: [1 - 1 / x],
    });
    const result = await lbfgs(evaluate, [30], { iterations: 50 });
    expect(result.parameters[0]).toBeCloseTo(1, 6);
    await expect(lbfgs(evaluate, [-1], { iterations: 1 })).rejects.toThrow("NaN at the start");
  });

  it("stops when it is told to, and when nothing lower is found", async () => {
    const evaluate = async (x: Float64Array) => rosenbrock(x);
    const few = await lbfgs(evaluate, [-1.2, 1], { iterations: 3 });
    expect(few).toMatchObject({ reason: "iterations", iterations: 3 });
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(lbfgs(evaluate, [-1.2, 1], { iterations: 3, signal })).rejects.toThrow("enough");
    const wrong = async () => ({ loss: 1, gradient: [1, 0] });
    expect((await lbfgs(wrong, [0, 0], { iterations: 3 })).reason).toBe("stalled");
  });

  it("fits a network further than float32 steps of any fixed length would", async () => {
    const random = createRandom(4);
    const rows = 40;
    const x = Float32Array.from({ length: 2 * rows }, () => random.normal());
    const y = Float32Array.from({ length: rows }, (_, i) => Math.tanh(x[2 * i]! - x[2 * i + 1]!));
    const layout = new ParameterLayout({ inner: [2, 8], bias: [8], outer: [8, 1] });
    const session = await GradientSession.open({
      layout,
      loss({ inner, bias, outer }) {
        const hidden = tanh(matmul(constant(x, [rows, 2]), inner, { plus: bias }));
        return mean(square(sub(matmul(hidden, outer), constant(y, [rows, 1]))));
      },
    });
    const result = await lbfgs(
      async (parameters) => {
        const { gradient, traces } = await session.at(Float32Array.from(parameters));
        return { loss: traces.loss, gradient };
      },
      layout.initialise(createRandom(1)),
      { iterations: 200 },
    );
    expect(result.loss).toBeLessThan(1e-6);
    await session.close();
  });
});

describe("lineSearch", () => {
  it("meets the strong Wolfe conditions, from a first step far too short or too long", async () => {
    const along = async (t: number) => ({ value: (t - 3) ** 2, slope: 2 * (t - 3) });
    for (const first of [1e-3, 1, 500]) {
      const step = await lineSearch(along, await along(0), first, { curvature: 0.1 });
      const { value, slope } = await along(step!);
      expect(value).toBeLessThanOrEqual(9 - 1e-4 * step! * 6);
      expect(Math.abs(slope)).toBeLessThanOrEqual(0.6);
    }
  });
});
