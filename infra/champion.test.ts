import { log, Output, runtime } from "@pulumi/pulumi";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { Mlflow } from "../contracts/mlflow.ts";
import { FakeMlflow } from "../contracts/testing/fake-mlflow.ts";
import { valueOf } from "../test/mocks.ts";
import { manifestWith, stored } from "../test/releases.ts";
import { followWithChampion } from "./champion.ts";

// Against a fake of the registry. Does not prove that Pulumi makes the output known only when the route has moved.

const registry = new FakeMlflow();
const digests = [0.95, 0.96].map((accuracy) => stored(manifestWith({ accuracy })).digest);
const [old = "", fresh = ""] = digests;
const champion = async () =>
  (await new Mlflow({ url: registry.url }).versionByAlias("wine", "champion"))?.version;

beforeAll(() => registry.listen());
afterAll(() => registry.close());
beforeEach(async () => {
  registry.models.clear();
  const mlflow = new Mlflow({ url: registry.url });
  await mlflow.ensureRegisteredModel("wine");
  for (const digest of digests) {
    const tags = { "isotherm.release": digest };
    await mlflow.createModelVersion({ name: "wine", source: "s", runId: "r", tags });
  }
  await mlflow.setAlias("wine", "champion", "1");
});

const follow = (
  digest: string,
  open = () => Promise.resolve(registry.url),
  moved?: Output<string>,
) =>
  followWithChampion({
    environment: "prod",
    namespace: "isotherm-prod",
    model: "wine",
    release: { digest },
    moved: moved ?? "http://10.96.0.7/models/wine",
    openTunnel: async () => ({ url: await open(), close: () => undefined }),
  });

test("the alias champion is moved to the release with the most requests, once its route has moved", async () => {
  let move = (_: string): void => undefined;
  const moved = new Promise<string>((resolve) => (move = resolve));
  const done = follow(fresh, undefined, Output.create(moved));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await champion()).toBe("1");
  move("http://10.96.0.7/models/wine");
  await valueOf(done);
  expect(await champion()).toBe("2");
  await valueOf(follow(old));
  expect(await champion()).toBe("1");
});

test("an `up` that ends between route and alias leaves the alias behind, says so, and the next one moves it", async () => {
  const warned = vi.spyOn(log, "warn").mockResolvedValue(undefined);
  try {
    await valueOf(follow(fresh, () => Promise.reject(new Error("no pod is ready"))));
    expect(await champion()).toBe("1");
    expect(warned.mock.calls.flat().join()).toContain(
      "the alias champion was not moved to it: no pod is ready; `npm run releases -- sync --stack prod` moves it",
    );
  } finally {
    warned.mockRestore();
  }
  await valueOf(follow(fresh));
  expect(await champion()).toBe("2");
});

test("a preview moves no alias", async () => {
  const dryRun = vi.spyOn(runtime, "isDryRun").mockReturnValue(true);
  try {
    await valueOf(follow(fresh));
    expect(await champion()).toBe("1");
  } finally {
    dryRun.mockRestore();
  }
});
