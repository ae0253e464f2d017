import { trainingRunVariable } from "../../contracts/training-run.ts";
import type { FakeCluster, Write } from "./fake-cluster.ts";

/** What an environment has of a model, as the program writes it. */
export const digest = (digit: string) => digit.repeat(64);

const model = { "isotherm.dev/model": "wine" };

export function putRoute(
  cluster: FakeCluster,
  weights: Record<string, number>,
  write: Write & { shadow?: number; bypass?: boolean } = {},
): void {
  const { shadow } = write;
  const mirror = { backendRef: { name: "wine-shadow" }, percent: shadow };
  const filters = shadow === undefined ? [] : [{ type: "RequestMirror", requestMirror: mirror }];
  const backendRefs = Object.entries(weights).map(([slot, weight]) => ({
    name: `wine-${slot}`,
    weight,
  }));
  const headers = [{ name: "x-isotherm-slot", value: "green" }];
  const rules = [
    { matches: [{ path: {} }], filters, backendRefs },
    { matches: [{ path: {}, headers }], backendRefs: [{ name: "wine-green", weight: 1 }] },
    ...(write.bypass === true
      ? [{ matches: [{ path: {}, headers: [{ name: "x" }] }], backendRefs: [{ name: "else" }] }]
      : []),
  ];
  cluster.put("httproutes", "wine", model, { spec: { rules } }, write);
}

export function putServers(
  cluster: FakeCluster,
  slot: string,
  release: string,
  write: Write = {},
): void {
  const spec = {
    template: {
      spec: {
        containers: [{ image: "r/serving:1" }],
        volumes: [{ configMap: { name: `wine-${slot}-${release.slice(0, 12)}` } }],
      },
    },
  };
  const annotations = { ...write.annotations, "isotherm.dev/release": release };
  const labels = { ...model, "isotherm.dev/slot": slot };
  cluster.put("deployments", `wine-${slot}`, labels, { spec }, { ...write, annotations });
}

export function putRecord(cluster: FakeCluster, release: string, write: Write = {}): void {
  const short = release.slice(0, 12);
  const labels = { ...model, "isotherm.dev/release": short };
  const verdict = { passed: true, findings: [{ text: "accuracy 0.97 is >= 0.85" }] };
  const data = {
    digest: release,
    version: "3",
    "manifest.json": "{}",
    "verdict.json": JSON.stringify(verdict),
    "admission.json": JSON.stringify({
      admittedAt: "2026-11-01T09:00:00.000Z",
      deployer: "ada",
      commit: "c0ffee",
    }),
  };
  cluster.put("configmaps", `release-wine-${short}`, labels, { data }, write);
}

export function putHold(cluster: FakeCluster, release: string): void {
  const short = release.slice(0, 12);
  const labels = { ...model, "isotherm.dev/hold": short, "isotherm.dev/release": short };
  const at = "2026-11-01T11:00:00Z";
  const data = { release, reason: "too slow", by: "responder", at };
  cluster.put("configmaps", `hold-wine-${short}`, labels, { data }, { manager: "responder", at });
}

export function putJob(cluster: FakeCluster, name: string, done?: "Complete" | "Failed"): void {
  const conditions = done === undefined ? [] : [{ type: done, status: "True", reason: "Why" }];
  const labels = { ...model, "app.kubernetes.io/component": "training" };
  const owner = [{ kind: "CronJob", name: "train-wine" }];
  const run = JSON.stringify({ gitCommit: "c0ffee" });
  const containers = [{ name: "train", env: [{ name: trainingRunVariable, value: run }] }];
  const spec = { template: { spec: { containers } } };
  cluster.put("jobs", name, labels, { status: { conditions }, owner, spec });
}

/** A model with blue at 100, admitted and served. */
export function putModel(cluster: FakeCluster): void {
  putRecord(cluster, digest("a"));
  putServers(cluster, "blue", digest("a"));
  putRoute(cluster, { blue: 100 });
}
