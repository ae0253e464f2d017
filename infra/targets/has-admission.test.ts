import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { KubeConfig } from "@kubernetes/client-node";
import { expect, test } from "vitest";
import { hasAdmission } from "./has-admission.ts";

async function answering(status: number) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify({ kind: "Status", metadata: { name: "isotherm-routes" } }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const kubeConfig = new KubeConfig();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  kubeConfig.loadFromClusterAndUser({ name: "c", server: url, skipTLSVerify: true }, { name: "u" });
  try {
    return { has: await hasAdmission(kubeConfig).catch(String), asked };
  } finally {
    server.close();
  }
}

test.each([
  [200, true],
  [404, false],
  // Who may not look is not told that nothing is there.
  [403, true],
])("where the API server answers %i, the policies are there: %s", async (status, expected) => {
  const { has, asked } = await answering(status);
  expect(has).toBe(expected);
  expect(asked).toEqual([
    "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/isotherm-routes",
  ]);
});

test("an API server that fails is an error, not a cluster without policies", async () => {
  expect((await answering(500)).has).toContain("500");
});
