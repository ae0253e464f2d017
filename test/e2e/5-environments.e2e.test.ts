// Environments on one cluster live and die alone.
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { askWine, checkout, obstacle, shell, stackOutputs, suiteTitle } from "./platform.ts";

const stackFile = (name: string) => join(checkout, "stacks", `Pulumi.${name}.yaml`);

describe.skipIf(obstacle() !== undefined)(suiteTitle("environments"), () => {
  test("destroying dev leaves the cluster and a second environment serving", async () => {
    copyFileSync(stackFile("dev"), stackFile("e2e"));
    await shell(
      "pulumi stack init e2e && pulumi up --stack e2e --yes --skip-preview --non-interactive",
    );
    const other = await stackOutputs("e2e");
    expect(other.namespace).not.toBe((await stackOutputs("dev")).namespace);

    await shell("pulumi destroy --stack dev --yes --skip-preview --non-interactive");
    expect((await askWine(other)).status).toBe(200);
    const preview = await shell(
      "pulumi preview --stack cluster --expect-no-changes --non-interactive",
    );
    expect(preview).toMatch(/\d+ unchanged/);
    const namespaces = await shell("kubectl get namespaces -o name");
    expect(namespaces).not.toContain("namespace/isotherm-dev");
  });
});
