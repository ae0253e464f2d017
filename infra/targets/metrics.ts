import { ApiregistrationV1Api, type KubeConfig, type V1APIService } from "@kubernetes/client-node";
import * as pulumi from "@pulumi/pulumi";
import { metricsApi, ownMetricsLabels } from "../../components/monitoring/metrics-api.ts";
import { orMissing } from "./or-missing.ts";

/**
 * Makes sure that the cluster measures how much CPU its pods use.
 * @throws pulumi.RunError where it does not
 */
export async function requireMetrics(kubeConfig: KubeConfig): Promise<void> {
  const served = await readMetricsApi(kubeConfig);
  const condition = served?.status?.conditions?.find(({ type }) => type === "Available");
  if (condition?.status === "True") return;
  const now =
    served === undefined
      ? `no ${metricsApi.group}`
      : `${metricsApi.group} is registered, and not available: ${condition?.message ?? "nobody says why"}`;
  throw new pulumi.RunError(
    `the cluster does not measure CPU in use (${now}), which scale.min, max and cpuPercent need: ` +
      "write `isotherm:metrics: { server: install }` in stack cluster's file, install metrics-server otherwise, " +
      "or write scale.replicas here",
  );
}

/**
 * Makes sure that nobody else serves the API that a metrics-server of ours would serve.
 * @throws pulumi.RunError that names who does
 */
export async function requireNoOtherMetrics(kubeConfig: KubeConfig): Promise<void> {
  const served = await readMetricsApi(kubeConfig);
  if (served === undefined || isOwn(served)) return;
  const { namespace, name } = served.spec?.service ?? {};
  const who = name === undefined ? "the API server itself" : `Service ${namespace}/${name}`;
  throw new pulumi.RunError(
    `the cluster has ${metricsApi.group} already, from ${who}: ` +
      "write `isotherm:metrics: { server: existing }` to use that one, or remove it first",
  );
}

function readMetricsApi(kubeConfig: KubeConfig): Promise<V1APIService | undefined> {
  const api = kubeConfig.makeApiClient(ApiregistrationV1Api);
  return orMissing(api.readAPIService({ name: metricsApi.name }));
}

function isOwn({ metadata }: V1APIService): boolean {
  return Object.entries(ownMetricsLabels).every(
    ([label, value]) => metadata?.labels?.[label] === value,
  );
}
