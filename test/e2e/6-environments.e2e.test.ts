// Environments on one cluster live and die alone.
import { describe, expect, test } from "vitest";
import { askWine, obstacle, shell, stackOutputs, suiteTitle } from "./platform.ts";

describe.skipIf(obstacle() !== undefined)(suiteTitle("environments"), () => {
  test("destroying dev leaves the cluster, staging and prod serving", async () => {
    await shell("pulumi destroy --stack dev --yes --skip-preview --non-interactive");
    for (const stack of ["staging", "prod"]) {
      expect((await askWine(await stackOutputs(stack))).status).toBe(200);
    }
    const preview = await shell(
      "pulumi preview --stack cluster --expect-no-changes --non-interactive",
    );
    expect(preview).toMatch(/\d+ unchanged/);
    const namespaces = await shell("kubectl get namespaces -o name");
    expect(namespaces).not.toContain("namespace/isotherm-dev");
  });
});
