import type { Run } from "../../contracts/mlflow-types.ts";
import type { Mlflow } from "../../contracts/mlflow.ts";
import { startOf } from "../run/evidence.ts";
import type { Rungs } from "./early-stopping.ts";
import type { Study } from "./study.ts";

/** Keeps where trials stand as metrics of their runs, such as `lowest_loss_by_step_200`. */
export function registryRungs(mlflow: Mlflow, study: Study, run: Run, metric: string): Rungs {
  const prefix = `lowest_${metric}_by_step_`;
  return {
    async own() {
      const { data } = await mlflow.getRun(run.info.run_id);
      const held = data.metrics.filter(({ key }) => key.startsWith(prefix));
      return new Map(
        held.map(({ key, value }) => [Number(key.slice(prefix.length)), Number(value)]),
      );
    },
    async tell(reached) {
      const metrics = [...reached].map(([rung, value]) => ({
        key: `${prefix}${rung}`,
        value: Number.isFinite(value) ? value : String(value),
        timestamp: startOf(run) + rung,
        step: rung,
      }));
      await mlflow.logBatch(run.info.run_id, { metrics });
    },
    async others(rung) {
      const trials = await study.trials();
      return trials
        .filter((trial) => trial.run.info.run_id !== run.info.run_id)
        .flatMap(({ run: other }) => {
          const found = other.data.metrics.find(({ key }) => key === `${prefix}${rung}`);
          return found === undefined ? [] : [Number(found.value)];
        });
    },
  };
}
