import { Session } from "../../engine/session.ts";
import type { TrainedModel } from "../workload.ts";
import { classicalBaseline } from "./classical/baseline.ts";
import type { heat } from "./declaration.ts";
import { type HeatMetrics, type HeatModel, measure, violations } from "./problem/metrics.ts";
import type { Observations } from "./problem/observations.ts";
import { residualGrid } from "./problem/points.ts";
import type { HeatProblem } from "./problem/problem.ts";
import type { Reference } from "./problem/reference.ts";
import { outputAt, servedModel } from "./served-model.ts";

export type HeatMetricName = keyof (typeof heat)["metrics"];

/**
 * Measures a trained model by the files that would be released, and the classical method on the same readings beside
 * it (`baseline`). Where the readings come without clean temperatures, nobody knows the true diffusivity: errors against it are NaN.
 */
export async function evaluateHeat(
  observations: Observations,
  trained: TrainedModel,
  problem: HeatProblem,
  reference: Reference,
  baseline: typeof classicalBaseline = classicalBaseline,
): Promise<Record<HeatMetricName, number>> {
  const isKnown = observations.training.clean !== undefined;
  const judge = (model: HeatModel) => measureOne(model, problem, reference, observations, isKnown);
  const session = await Session.open(trained.model);
  try {
    const model = servedModel(session);
    const own = await judge(model);
    const { bc_rms, ic_rms } = await violations(model.u, problem.initial);
    const classical = baseline(problem, observations.training, problem.noise, reference.scale);
    const beside = await judge(classical.model);
    return {
      pde_loss: await meanSquaredResidual(trained),
      val_residual: own.val_residual,
      bc_loss: bc_rms ** 2,
      ic_loss: ic_rms ** 2,
      data_rms: own.data_rms,
      a_error: own.a_err,
      a_error_inner: own.a_err_int,
      u_error: own.u_err,
      a_error_classical: beside.a_err,
      u_error_classical: beside.u_err,
      val_residual_classical: beside.val_residual,
      noise: problem.noise,
    };
  } finally {
    await session.close();
  }
}

async function measureOne(
  model: HeatModel,
  problem: HeatProblem,
  reference: Reference,
  observations: Observations,
  isKnown: boolean,
): Promise<HeatMetrics> {
  const metrics = await measure(model, { problem, reference, observations });
  if (isKnown) return metrics;
  return { ...metrics, a_err: Number.NaN, a_err_int: Number.NaN, u_err: Number.NaN };
}

async function meanSquaredResidual({ graphs }: TrainedModel): Promise<number> {
  if (graphs?.residual === undefined) throw new Error("heat: the model has no residual graph");
  const session = await Session.open(graphs.residual);
  try {
    const residuals = await outputAt(session, "residual", residualGrid());
    return residuals.reduce((sum, r) => sum + r * r, 0) / residuals.length;
  } finally {
    await session.close();
  }
}
