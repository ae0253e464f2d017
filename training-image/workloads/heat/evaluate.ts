import type { Session } from "../../engine/session.ts";
import type { TrainedModel } from "../workload.ts";
import { classicalBaseline } from "./classical/baseline.ts";
import type { heat } from "./declaration.ts";
import { type HeatMetrics, type HeatModel, measure, violations } from "./problem/metrics.ts";
import type { Observations } from "./problem/observations.ts";
import { residualGrid } from "./problem/points.ts";
import type { HeatProblem } from "./problem/problem.ts";
import type { Reference } from "./problem/reference.ts";
import { outputAt, servedModel, withGraphs } from "./served-model.ts";

export type HeatMetricName = keyof (typeof heat)["metrics"];

type ClassicalName = "a_error_classical" | "u_error_classical" | "val_residual_classical";
type OwnMetricName = Exclude<HeatMetricName, ClassicalName>;

/** What models are judged against. */
export interface HeatTruth {
  observations: Observations;
  problem: HeatProblem;
  reference: Reference;
}

/**
 * Measures a trained model by the files that would be released. Where the readings come without clean temperatures,
 * nobody knows the true diffusivity: errors against it are NaN.
 */
export function scoreHeat(
  trained: TrainedModel,
  truth: HeatTruth,
): Promise<Record<OwnMetricName, number>> {
  const { problem } = truth;
  return withGraphs(trained, async (session, residual) => {
    const model = servedModel(session);
    const { a_err, a_err_int, u_err, val_residual, data_rms } = await judge(model, truth);
    const { bc_rms, ic_rms } = await violations(model.u, problem.initial);
    return {
      pde_loss: await meanSquaredResidual(residual),
      val_residual,
      bc_loss: bc_rms ** 2,
      ic_loss: ic_rms ** 2,
      data_rms,
      a_error: a_err,
      a_error_inner: a_err_int,
      u_error: u_err,
    };
  });
}

/** The same, and the classical method (`baseline`) on the same readings beside it. */
export async function evaluateHeat(
  trained: TrainedModel,
  truth: HeatTruth,
  baseline: typeof classicalBaseline = classicalBaseline,
): Promise<Record<HeatMetricName, number>> {
  const { observations, problem, reference } = truth;
  const { model } = baseline(problem, observations.training, problem.noise, reference.scale);
  const beside = await judge(model, truth);
  return {
    ...(await scoreHeat(trained, truth)),
    a_error_classical: beside.a_err,
    u_error_classical: beside.u_err,
    val_residual_classical: beside.val_residual,
  };
}

async function judge(model: HeatModel, truth: HeatTruth): Promise<HeatMetrics> {
  const metrics = await measure(model, truth);
  if (truth.observations.training.clean !== undefined) return metrics;
  return { ...metrics, a_err: Number.NaN, a_err_int: Number.NaN, u_err: Number.NaN };
}

async function meanSquaredResidual(session: Session): Promise<number> {
  const residuals = await outputAt(session, "residual", residualGrid());
  return residuals.reduce((sum, r) => sum + r * r, 0) / residuals.length;
}
