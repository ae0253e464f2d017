import { exitCodes } from "../../training-image/run/exit-code.ts";
import { plainPod, podSecurity, users } from "./security.ts";

/** What every pod has that does work of ours and ends; the Job, not the kubelet, tries again. */
export const jobPod = {
  ...plainPod,
  restartPolicy: "Never",
  securityContext: podSecurity(users.own),
} as const;

/**
 * Which ends of a Job's pods are tried again.
 * @param containers those of our image, whose exit codes say why they ended
 */
export function podFailurePolicy(containers: readonly string[]) {
  return {
    rules: [
      // Wrong parameters or data are as wrong the next time; everything else may be better then.
      ...containers.map((containerName) => ({
        action: "FailJob",
        onExitCodes: { containerName, operator: "In", values: [exitCodes.badInput] },
      })),
      // A node that is drained or lost is no failure of the work.
      { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
    ],
  };
}

/** Of a CronJob whose Jobs never run at the same time, and of which the last few can be looked at. */
export const oneAtATime = {
  concurrencyPolicy: "Forbid",
  successfulJobsHistoryLimit: 3,
  failedJobsHistoryLimit: 3,
} as const;
