import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { ApiServer, writeKubeConfig } from "./testing/api-server.ts";

/** `releases sync` as the workflow for users runs it before there is an environment. */
const home = process.cwd();
const root = mkdtempSync(join(tmpdir(), "isotherm-sync-"));
const cluster = new ApiServer();
const said: string[] = [];
let syncCommand: typeof import("./commands.ts").syncCommand;

beforeAll(async () => {
  mkdirSync(join(root, "stacks"));
  writeKubeConfig(join(root, "kubeconfig"), { empty: await cluster.listen() });
  vi.stubEnv("KUBECONFIG", join(root, "kubeconfig"));
  vi.spyOn(console, "log").mockImplementation((line) => void said.push(String(line)));
  process.chdir(root);
  ({ syncCommand } = await import("./commands.ts"));
});
afterAll(() => {
  process.chdir(home);
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  cluster.close();
  rmSync(root, { recursive: true });
});

async function sync(models: object, context = "empty"): Promise<string[]> {
  const config = {
    "isotherm:role": "environment",
    "isotherm:target": { kind: "cluster", context },
    "isotherm:models": models,
  };
  writeFileSync(join(root, "stacks", "Pulumi.prod.yaml"), JSON.stringify({ config }));
  said.length = 0;
  await syncCommand({ stack: "prod" });
  expect(process.exitCode).toBeUndefined();
  return said;
}
const gates = [{ metric: "accuracy", atLeast: 0.85 }];
const blue = { release: "2f9c0b71d4aa", from: "staging" };

it.each<[string, object, string, string]>([
  ["serves nothing asks no cluster", {}, "gone", "stacks/Pulumi.prod.yaml names no release"],
  [
    "names no release has nothing to wait for, before the first `up`",
    { wine: { gates } },
    "empty",
    "prod has no registry yet, which its first `pulumi up` makes; stacks/Pulumi.prod.yaml names no release, so there is nothing to copy",
  ],
  [
    "names a release is told what comes after the first `up`",
    { wine: { blue, gates } },
    "empty",
    "prod has no registry yet, which its first `pulumi up` makes, and which refuses wine@2f9c0b71d4aa, because no registry has " +
      "what it names: run `npm run releases -- sync --stack prod` and `pulumi up --stack prod` again after it",
  ],
])("a stack file that %s", async (_, models, context, text) => {
  expect(await sync(models, context)).toEqual([text]);
});

it("a cluster that cannot be found ends it", async () => {
  await expect(sync({ wine: { blue, gates } }, "gone")).rejects.toThrow(
    'no kube context is called "gone"',
  );
});
