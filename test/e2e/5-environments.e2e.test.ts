// Environments on one cluster live and die alone; what was interrupted goes on.
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import {
  askWine,
  checkout,
  isotherm,
  obstacle,
  shell,
  stackOutputs,
  suiteTitle,
} from "./platform.ts";

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

  test("a start that is killed in the middle of `up` goes on where it was", async () => {
    const first = isotherm(["start", "--json"], { detached: true, reject: false });
    let hasEnded = false;
    void first.then(() => (hasEnded = true));
    const isUnderWay = async () =>
      (await shell("kubectl get namespaces -o name")).includes("isotherm-dev");
    while (!hasEnded && !(await isUnderWay())) await sleep(500);
    expect(hasEnded).toBe(false);
    await sleep(5_000);
    process.kill(-(first.pid ?? 0), "SIGKILL");
    await first;

    const { stdout } = await isotherm(["start", "--json"]);
    const line = String(stdout).trim().split("\n").at(-1) ?? "";
    expect((JSON.parse(line) as { predictions: unknown[] }).predictions).toHaveLength(1);
    expect((await askWine(await stackOutputs("dev"))).status).toBe(200);
  });
});
