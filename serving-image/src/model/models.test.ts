import { pino } from "pino";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { ServedModel as Wanted, ServingConfig } from "../../../contracts/serving-config.ts";
import { LoadError } from "./errors.ts";
import type { ServedModel } from "./model.ts";
import { Models, type Problem } from "./models.ts";

/** What is swapped when; loading is a fake. */
class Loader {
  readonly retired: string[] = [];
  readonly failing = new Map<string, LoadError>();
  readonly held = new Map<string, Promise<void>>();
  readonly changes: string[][] = [];
  readonly failures: Problem[] = [];
  readonly models = new Models({
    load: async (wanted, { slot, environment }) => {
      await this.held.get(named(wanted));
      const error = this.failing.get(named(wanted));
      if (error !== undefined) throw error;
      return this.#modelOf(wanted, { slot, environment });
    },
    log: pino({ level: "silent" }),
    onFailure: (problem) => void this.failures.push(problem),
    onChange: (models) => void this.changes.push(models.map(({ lineage }) => named(lineage))),
    retryMs: 5,
  });

  #modelOf(wanted: Wanted, place: Pick<ServingConfig, "slot" | "environment">): ServedModel {
    const lineage = { ...wanted, ...place, dataVersion: "data-7" };
    const retire = () => {
      this.retired.push(named(wanted));
      return Promise.resolve();
    };
    return { lineage, retire, isLost: false } as unknown as ServedModel;
  }
}

const named = ({ name, version }: { name: string; version: string }) => `${name}:${version}`;
const release = (name: string, version: string | number): Wanted => ({
  name,
  version: String(version),
  release: String(version).padStart(64, "0"),
});
const config = (...models: Wanted[]): ServingConfig => ({
  schema: "isotherm.dev/serving-config/v1",
  environment: "dev",
  slot: "blue",
  objects: { endpoint: "http://127.0.0.1", region: "us-east-1", bucket: "releases" },
  models,
});
const soon = async (check: () => void) => {
  for (let tries = 0; ; tries++) {
    try {
      return check();
    } catch (error) {
      if (tries > 200) throw error;
      await pause(5);
    }
  }
};

describe("models of several versions", () => {
  it("answer by version, and by the first that is configured where none is asked for", async () => {
    const { models } = new Loader();
    await models.apply(config(release("wine", 9), release("wine", 10), release("heat", 1)));
    expect(models.isReady).toBe(true);
    expect(models.names).toEqual(["wine", "heat"]);
    expect(models.get("wine")?.lineage.version).toBe("9");
    expect(models.get("wine", "10")?.lineage.version).toBe("10");
    expect(models.get("wine", "1")).toBeUndefined();
    expect(models.versions("wine").map(({ lineage }) => lineage.version)).toEqual(["9", "10"]);
    expect(models.versions("churn")).toEqual([]);
  });

  it("change place without being loaded again", async () => {
    const loader = new Loader();
    const { models } = loader;
    await models.apply(config(release("wine", 1), release("wine", 2)));
    const [one, two] = models.versions("wine");
    await models.apply(config(release("wine", 2), release("wine", 1)));
    expect(models.versions("wine")).toEqual([two, one]);
    expect(loader.retired).toEqual([]);
  });

  it("are swapped in one step once all of them are there", async () => {
    const loader = new Loader();
    const { models } = loader;
    await models.apply(config(release("wine", 1)));
    let go = () => {};
    loader.held.set("wine:3", new Promise((resolve) => (go = resolve)));
    const applied = models.apply(config(release("wine", 3), release("wine", 2)));
    await pause(10);
    expect(models.versions("wine").map(({ lineage }) => lineage.version)).toEqual(["1"]);
    go();
    await applied;
    expect(models.versions("wine").map(({ lineage }) => lineage.version)).toEqual(["3", "2"]);
    expect(loader.retired).toEqual(["wine:1"]);
  });
});

describe("the first configuration", () => {
  const held = () => {
    const loader = new Loader();
    let go = () => {};
    loader.held.set("wine:1", new Promise((resolve) => (go = resolve)));
    const applied = loader.models.apply(config(release("wine", 1)));
    return { loader, models: loader.models, go, applied };
  };

  it("is waited for until all of it is served, and later ones are not", async () => {
    const { models, go, applied } = held();
    const opening = models.opening?.then(() => models.isReady);
    go();
    expect(await opening).toBe(true);
    await applied;
    const later = models.apply(config(release("wine", 2)));
    expect(models.opening).toBeUndefined();
    await later;
  });

  it("is not waited for once a model of it does not load, or the server is to end", async () => {
    const { loader, models, go } = held();
    loader.failing.set("wine:1", new LoadError("digest-mismatch", "it is damaged"));
    const { opening } = models;
    go();
    await opening;
    expect([models.isReady, models.opening]).toEqual([false, undefined]);
    models.stop();

    const ending = held();
    ending.models.stop();
    await ending.models.opening;
    expect(ending.models.opening).toBeUndefined();
    ending.go();
  });
});

describe("a new configuration", () => {
  it("of which one model does not load holds no other one up, and the old one of it serves on", async () => {
    const loader = new Loader();
    const { models } = loader;
    await models.apply(config(release("wine", 1), release("heat", 1)));
    loader.failing.set("wine:2", new LoadError("digest-mismatch", "it is damaged"));
    const applied = models.apply(config(release("wine", 2), release("heat", 2)));
    await soon(() => expect(models.get("heat")?.lineage.version).toBe("2"));
    await soon(() =>
      expect(models.problems).toMatchObject([
        { model: "wine", version: "2", reason: "digest-mismatch" },
      ]),
    );
    expect(models.get("wine")?.lineage.version).toBe("1");
    expect(models.isReady).toBe(true);
    loader.failing.clear();
    await applied;
    expect(models.get("wine")?.lineage.version).toBe("2");
    expect(models.problems).toEqual([]);
    expect(loader.retired.sort()).toEqual(["heat:1", "wine:1"]);
  });

  it("unloads what it does not name, at once", async () => {
    const loader = new Loader();
    const { models } = loader;
    await models.apply(config(release("wine", 1), release("heat", 1)));
    await models.apply(config(release("heat", 1)));
    expect(models.names).toEqual(["heat"]);
    expect(loader.retired).toEqual(["wine:1"]);
    expect(loader.changes.at(-1)).toEqual(["heat:1"]);
  });

  it("that another one overtakes leaves nothing behind", async () => {
    const loader = new Loader();
    const { models } = loader;
    await models.apply(config(release("wine", 1)));
    let go = () => {};
    loader.held.set("wine:2", new Promise((resolve) => (go = resolve)));
    const overtaken = models.apply(config(release("wine", 2)));
    await models.apply(config(release("wine", 3)));
    go();
    await overtaken;
    expect(models.get("wine")?.lineage.version).toBe("3");
    expect(loader.retired.sort()).toEqual(["wine:1", "wine:2"]);
  });

  it("is ready only once every model of the first one is there", async () => {
    const loader = new Loader();
    const { models } = loader;
    loader.failing.set("wine:1", new LoadError("release-missing", "it is not there"));
    const applied = models.apply(config(release("wine", 1), release("heat", 1)));
    await soon(() => expect(models.get("heat")).toBeDefined());
    expect(models.isReady).toBe(false);
    await soon(() => expect(loader.failures.length).toBeGreaterThan(1));
    loader.failing.clear();
    await applied;
    expect(models.isReady).toBe(true);
  });
});

describe("a model that has lost its worker", () => {
  it("is told with its reason, and the server is not ready until it is back", async () => {
    const { models } = new Loader();
    await models.apply(config(release("wine", 1)));
    const model = models.get("wine") as unknown as { isLost: boolean };
    model.isLost = true;
    expect(models.isReady).toBe(false);
    expect(models.problems).toMatchObject([{ model: "wine", reason: "worker-lost" }]);
    model.isLost = false;
    expect(models.isReady).toBe(true);
  });
});
