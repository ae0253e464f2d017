import { setTimeout as sleep } from "node:timers/promises";
import { ApiException, BatchV1Api, CoreV1Api, type V1Job } from "@kubernetes/client-node";
import { namespaceOf } from "../../components/foundation/namespace-of.ts";
import { backupJobs } from "../../contracts/backup.ts";
import { readStack } from "../promotion/stacks.ts";
import { findCluster } from "../targets/kube-context.ts";
import { endOf, jobOf } from "./job.ts";

export interface BackupOptions {
  env: string;
  point?: string;
}

/** The parts of the API that a backup's commands need, so that tests can stand in for a cluster. */
export interface BackupCluster {
  namespace: string;
  batch: Pick<BatchV1Api, "readNamespacedCronJob" | "createNamespacedJob" | "readNamespacedJob">;
  core: Pick<CoreV1Api, "listNamespacedPod" | "readNamespacedPodLog">;
}

const afterwards = {
  run: "",
  verify: "",
  restore:
    "MLflow migrates what it finds when it starts: restart it, with `kubectl rollout restart deployment/mlflow`",
} as const;

/**
 * `npm run backup -- run | verify | restore`: makes a Job of the CronJob that the program declared, waits for its end and
 * prints what it said.
 */
export async function backupCommand(
  kind: keyof typeof backupJobs,
  { env, point }: BackupOptions,
): Promise<void> {
  const { environment, context } = readStack(env, process.cwd());
  const { kubeConfig } = findCluster(context);
  const cluster = {
    namespace: namespaceOf(environment),
    batch: kubeConfig.makeApiClient(BatchV1Api),
    core: kubeConfig.makeApiClient(CoreV1Api),
  };
  await runJob(cluster, kind, point, (line) => console.log(line));
  if (afterwards[kind] !== "") console.log(`\n${afterwards[kind]} -n ${cluster.namespace}`);
}

/**
 * Runs one of the backup's Jobs to its end.
 * @param print is given the logs of its last pod
 * @throws Error where the environment has no backup, or the Job failed
 */
export async function runJob(
  { namespace, batch, core }: BackupCluster,
  kind: keyof typeof backupJobs,
  point: string | undefined,
  print: (line: string) => void,
  pollMs = 2_000,
): Promise<void> {
  const cronJob = await batch
    .readNamespacedCronJob({ name: backupJobs[kind], namespace })
    .catch((error: unknown) => {
      if (!(error instanceof ApiException) || error.code !== 404) throw error;
      throw new Error(
        `${namespace} has no backup: say when and where to under isotherm:backup in its stack file, and run \`pulumi up\``,
        { cause: error },
      );
    });
  const body = jobOf(cronJob, new Date(), point);
  const name = body.metadata?.name ?? "";
  await batch.createNamespacedJob({ namespace, body });
  print(`Job ${name} runs in ${namespace}`);
  let job: V1Job;
  for (;;) {
    job = await batch.readNamespacedJob({ name, namespace });
    if (endOf(job) !== undefined) break;
    await sleep(pollMs);
  }
  const labelSelector = `batch.kubernetes.io/job-name=${name}`;
  const { items } = await core.listNamespacedPod({ namespace, labelSelector });
  const last = items.toSorted((a, b) => startOf(a) - startOf(b)).at(-1);
  const containers = [...(last?.spec?.initContainers ?? []), ...(last?.spec?.containers ?? [])];
  for (const container of containers) {
    const log = await core
      .readNamespacedPodLog({
        name: last?.metadata?.name ?? "",
        namespace,
        container: container.name,
      })
      // A step that was not reached has none.
      .catch(() => "");
    for (const line of log.split("\n").filter((one) => one !== "")) {
      print(`${container.name}: ${line}`);
    }
  }
  if (endOf(job) === "failed") {
    const why = job.status?.conditions?.find(({ type }) => type === "Failed")?.message ?? "";
    throw new Error(`Job ${name} failed: ${why}`);
  }
}

function startOf({ metadata }: { metadata?: { creationTimestamp?: Date } }): number {
  return metadata?.creationTimestamp?.getTime() ?? 0;
}
