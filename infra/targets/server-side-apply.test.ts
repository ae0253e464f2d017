import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { declare, only } from "../../test/mocks.ts";
import { ApiServer, writeKubeConfig } from "../promotion/testing/api-server.ts";
import { clusterTarget } from "./cluster.ts";

// That a field is taken from its owner by it, and refused without it, is shown against an API server:
// embedded/providers/kubernetes/provider.cluster.test.ts.

const folder = mkdtempSync(join(tmpdir(), "isotherm-apply-"));
const cluster = new ApiServer();

beforeAll(async () => {
  await cluster.listen();
  const file = join(folder, "kubeconfig");
  writeKubeConfig(file, { minikube: cluster });
  vi.stubEnv("KUBECONFIG", file);
});
afterAll(() => {
  vi.unstubAllEnvs();
  cluster.close();
  rmSync(folder, { recursive: true });
});

test.each(["false", "true", ""])(
  "weights are owned by server-side apply, where the environment says %j of it too",
  async (said) => {
    vi.stubEnv("PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY", said);
    const { resources } = await declare(() =>
      clusterTarget({ kind: "cluster", context: "minikube" }, [], {}),
    );
    const { inputs } = only(resources, "pulumi:providers:kubernetes");
    expect(inputs["enableServerSideApply"]).toBe("true");
  },
);
