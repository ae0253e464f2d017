import { expect, test } from "vitest";
import { declare, only } from "../../test/mocks.ts";
import { ApprovedReleases } from "./approved-releases.ts";

const digest = "a".repeat(64);

async function listWith(undone?: string) {
  const { resources } = await declare(
    () =>
      new ApprovedReleases("approved-releases", {
        environment: "prod",
        namespace: "isotherm-prod",
        releases: { "wine-blue": digest },
        undone,
      }),
  );
  return only(resources, "kubernetes:core/v1:ConfigMap").inputs;
}

test("the list says which release each slot may have, under the name that admission asks for", async () => {
  expect(await listWith()).toMatchObject({
    metadata: { name: "approved-releases", namespace: "isotherm-prod" },
    data: { "wine-blue": digest },
  });
});

test("the list is the program's, whoever wrote it last, and says what was undone", async () => {
  expect(await listWith()).toMatchObject({
    metadata: { annotations: { "pulumi.com/patchForce": "true" } },
  });
  expect(await listWith("kubectl-edit 2026-01-02T03:04:05.000Z")).toMatchObject({
    metadata: { annotations: { "isotherm.dev/undone": "kubectl-edit 2026-01-02T03:04:05.000Z" } },
  });
});
