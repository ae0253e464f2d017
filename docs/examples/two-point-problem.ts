import { emit } from "../../training-image/engine/emit.ts";
import { jet } from "../../training-image/engine/jets.ts";
import {
  add,
  gather,
  matmul,
  mean,
  mul,
  scale,
  sin,
  square,
  sub,
  tanh,
} from "../../training-image/engine/ops.ts";
import { ParameterLayout } from "../../training-image/engine/parameters.ts";
import { createRandom } from "../../training-image/engine/random.ts";
import { cosine, warmUp } from "../../training-image/engine/schedule.ts";
import { input, matrix, scalar, type Tensor } from "../../training-image/engine/tensor.ts";
import { Trainer } from "../../training-image/engine/trainer.ts";

/** -u'' = pi^2 sin(pi x) with u(0) = u(1) = 0, whose solution is sin(pi x), by a physics-informed network. */
const layout = new ParameterLayout({ weights: [1, 24], bias: [24], output: [24, 1] });
type Parameters = Record<"weights" | "bias" | "output", Tensor>;

/** The factor x (1 - x) makes u vanish at both ends. */
function temperature(x: Tensor, { weights, bias, output }: Parameters): Tensor {
  const inside = mul(x, sub(scalar(1, x), x));
  return mul(inside, matmul(tanh(matmul(x, weights, { plus: bias })), output));
}

const pool = matrix(Array.from({ length: 256 }, (_, index) => [(index + 0.5) / 256]));
const batch = 32;

/** Trains for some steps. @returns an ONNX file from `x` [batch, 1] to `u` and `slope`, and the losses by step */
export async function solve(steps: number) {
  const trainer = await Trainer.open({
    layout,
    perStep: { rows: { shape: [batch], type: "int32" } },
    loss(parameters, { rows }) {
      const x = gather(pool, rows);
      const u = temperature(x, parameters);
      const [, , curvature] = jet(u, x, matrix([[1]]), 2);
      const residual = add(curvature, scale(sin(scale(x, Math.PI)), Math.PI ** 2));
      return mean(square(residual));
    },
  });
  const random = createRandom(1);
  const rows = Int32Array.from({ length: steps * batch }, () => 256 * random.uniform());
  const { state, traces } = await trainer.run(
    trainer.start(layout.initialise(random)),
    { rows: { data: rows, shape: [steps, batch] } },
    steps,
    warmUp(100, cosine(0.02, steps - 100)),
  );
  await trainer.close();

  const x = input("x", ["batch", 1]);
  const u = temperature(x, layout.constants(state.parameters));
  const [, slope] = jet(u, x, matrix([[1]]), 1);
  return { model: emit({ name: "solution", inputs: [x], outputs: { u, slope } }), ...traces };
}
