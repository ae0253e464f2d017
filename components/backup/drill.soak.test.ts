import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sha256Hex } from "../../contracts/canonical.ts";
import { buckets } from "../../contracts/names.ts";
import { releaseDigest } from "../../contracts/release.ts";
import { ReleaseStore } from "../../contracts/release-store.ts";
import { type StoreAccount, storeAccountNames } from "../../contracts/store-accounts.ts";
import { projectRoot } from "../../embedded/paths.ts";
import { startObjectStore, type TestStore } from "../../test/object-store.ts";
import { runScript, sharedFolder, startDatabase, type TestDatabase } from "../../test/postgres.ts";
import { manifestWith } from "../../test/releases.ts";
import { ensureAccounts } from "../../training-image/run/store-accounts.ts";
import { dumpScript, requireEmptyScript, restoreScript, verifyScript } from "./scripts.ts";

/**
 * P-02 The steps of a backup, a drill and a restore as their Jobs take them, with PostgreSQL's own tools and the bundled
 * object store. The tables that the scripts ask are MLflow's by name and columns, made here: that MLflow's own server
 * goes on with a restored database is not proven, nor that a cluster runs the Jobs.
 */
interface Registry {
  database: TestDatabase;
  store: TestStore;
  stop(): Promise<void>;
}

/** As much of MLflow's tables as a fresh server leaves, and as the scripts ask. */
const freshTables = `
CREATE TABLE experiments (experiment_id serial PRIMARY KEY, name text);
CREATE TABLE runs (run_uuid text PRIMARY KEY, experiment_id int REFERENCES experiments);
CREATE TABLE registered_models (name text PRIMARY KEY);
CREATE TABLE model_versions (
  name text REFERENCES registered_models, version int, source text, run_id text, current_stage text,
  PRIMARY KEY (name, version));
CREATE TABLE model_version_tags (name text, version int, key text, value text, PRIMARY KEY (name, version, key));
CREATE TABLE alembic_version (version_num text PRIMARY KEY);
INSERT INTO alembic_version VALUES ('0123456789ab');
INSERT INTO experiments VALUES (0, 'Default');
`;

const secrets = Object.fromEntries(
  storeAccountNames.map((account) => [account, `secret-of-${account}`]),
) as Record<StoreAccount, string>;
let registry: Registry;
let away: TestStore;
let release: string;
const folders: string[] = [];

beforeAll(async () => {
  away = await startObjectStore(["backups"]);
  registry = await startRegistry();
  release = await register(registry, "run-1", 1, "the graph of a model");
}, 900_000);
afterAll(async () => {
  await registry?.stop();
  await away?.stop();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

async function startRegistry(): Promise<Registry> {
  const database = await startDatabase();
  await database.query(freshTables);
  const store = await startObjectStore(Object.values(buckets));
  const admin = store.credentials;
  await ensureAccounts({ endpoint: store.url, region: "us-east-1", admin, secrets });
  const stop = async () => {
    await store.stop();
    await database.stop();
  };
  return { database, store, stop };
}

/** Stores a release and then registers it, in the order of a training. @returns its digest */
async function register(
  { database, store }: Registry,
  run: string,
  version: number,
  model: string,
): Promise<string> {
  const contract = "a contract";
  const sound = manifestWith({ accuracy: 0.9 });
  const manifest = {
    ...sound,
    files: sound.files.map((file) => {
      const text = file.role === "model" ? model : contract;
      return { ...file, sha256: sha256Hex(text), size: text.length };
    }),
  };
  const digest = releaseDigest(manifest);
  const folder = `1/${run}/artifacts/model`;
  await store.client.put(buckets.artifacts, `${folder}/MLmodel`, `model: ${digest}`);
  const contents = new Map(
    [model, contract].map((text, index) => [
      manifest.files[index]?.path ?? "",
      new TextEncoder().encode(text),
    ]),
  );
  await new ReleaseStore(store.client, buckets.releases).put(manifest, contents);
  await database.query(`
INSERT INTO experiments VALUES (1, 'wine') ON CONFLICT DO NOTHING;
INSERT INTO runs VALUES ('${run}', 1);
INSERT INTO registered_models VALUES ('wine') ON CONFLICT DO NOTHING;
INSERT INTO model_versions VALUES ('wine', ${version}, 'mlflow-artifacts:/${folder}', '${run}', 'None');
INSERT INTO model_version_tags VALUES ('wine', ${version}, 'isotherm.release', '${digest}');`);
  return digest;
}

/** As the Jobs have it: a restore is one account of the store, and all that only reads another. */
const storeVariables = (step: string) => {
  const account = step === "restore" ? "restore" : "backup";
  return { AWS_ACCESS_KEY_ID: account, AWS_SECRET_ACCESS_KEY: secrets[account] };
};

function newFolder(): string {
  const folder = sharedFolder();
  folders.push(folder);
  return folder;
}

/** A step of PostgreSQL's tools. */
function tool(script: string, dump: string, { database }: Pick<Registry, "database">) {
  return runScript(script, { ...database.environment, DUMP: dump, SCRATCH: newFolder() });
}

/** A step of our own. */
function own(step: string, dump: string, place?: Registry, more: readonly string[] = []) {
  const words = [
    ...["--destination", away.url, "--destination-bucket", "backups", "--prefix", "prod"],
    ...["--dump", dump, ...(place === undefined ? [] : ["--endpoint", place.store.url]), ...more],
  ];
  return execa(process.execPath, ["training-image/cli.ts", "backup", step, ...words], {
    cwd: projectRoot,
    reject: false,
    all: true,
    env: {
      ...(place === undefined ? {} : storeVariables(step)),
      BACKUP_ACCESS_KEY_ID: away.credentials.accessKeyId,
      BACKUP_SECRET_ACCESS_KEY: away.credentials.secretAccessKey,
    },
  });
}

const run = (dump: string) => own("run", dump, registry, ["--environment", "prod", "--keep", "2"]);

describe("a registry on PostgreSQL and S3", () => {
  it("P-02 is backed up as one point: what is registered between dump and objects is in neither's way", async () => {
    const dump = newFolder();
    await tool(dumpScript, dump, registry);
    await register(registry, "run-2", 2, "the graph of a later model");
    const killed = run(dump);
    setTimeout(() => killed.kill("SIGKILL"), 300);
    await killed;
    const { exitCode, all, stdout } = await run(dump);
    expect(exitCode, all).toBe(0);
    const { objects } = JSON.parse(stdout.split("\n").at(-1) ?? "") as { objects: number };
    expect(objects).toBe(
      (await registry.store.client.list(buckets.releases, "")).length +
        (await registry.store.client.list(buckets.artifacts, "")).length,
    );
    expect(all).not.toContain(away.credentials.secretAccessKey);
  });

  it("P-02 a drill restores the newest backup into a database of its own, where the tables answer", async () => {
    const dump = newFolder();
    const fetched = await own("fetch", dump);
    expect(fetched.exitCode, fetched.all).toBe(0);
    await tool(verifyScript, dump, registry);
    const checked = await own("check", dump);
    expect(checked.exitCode, checked.all).toBe(0);
    expect(JSON.parse(checked.stdout.split("\n").at(-1) ?? "")).toMatchObject({
      runs: 1,
      models: 1,
      versions: 1,
      releases: 2,
      schemaVersion: "0123456789ab",
    });
  });

  it("P-02 a restore refuses a registry in use, by its database and by its store", async () => {
    await expect(tool(requireEmptyScript, newFolder(), registry)).rejects.toThrow(
      "the registry is not empty: its database holds",
    );
    const key = `${sha256Hex("x")}`;
    await registry.store.client.put(buckets.releases, `blobs/sha256/${key}`, "x");
    const { exitCode, all } = await own("restore", newFolder(), registry);
    expect(exitCode).toBe(2);
    expect(all).toContain(
      `the registry is not empty: its store holds isotherm/blobs/sha256/${key}`,
    );
    await registry.store.client.delete(buckets.releases, `blobs/sha256/${key}`);
  });

  it("P-02 comes back in an empty registry, killed and done again, and is refused a second time", async () => {
    const fresh = await startRegistry();
    try {
      await tool(requireEmptyScript, newFolder(), fresh);
      const killed = own("restore", newFolder(), fresh);
      setTimeout(() => killed.kill("SIGKILL"), 400);
      await killed;
      const dump = newFolder();
      const restored = await own("restore", dump, fresh);
      expect(restored.exitCode, restored.all).toBe(0);
      await tool(restoreScript, dump, fresh);
      const versions = "SELECT version, source FROM model_versions";
      expect(await fresh.database.query(versions)).toBe(
        "1|mlflow-artifacts:/1/run-1/artifacts/model",
      );
      const file = await fresh.store.client.get(
        buckets.artifacts,
        "1/run-1/artifacts/model/MLmodel",
      );
      expect(Buffer.from(file!).toString()).toBe(`model: ${release}`);
      const held = new ReleaseStore(fresh.store.client, buckets.releases);
      for (const { sha256 } of (await held.manifest(release)).files) await held.file(sha256);
      await expect(tool(restoreScript, dump, fresh)).rejects.toThrow("the registry is not empty");
      expect(await fresh.database.query("SELECT count(*) FROM runs")).toBe("1");
      // What was restored is a registry like any other: it takes new models, and can be dumped again.
      await register(fresh, "run-3", 2, "the graph of a model after the restore");
      const again = newFolder();
      await tool(dumpScript, again, fresh);
      expect(readFileSync(join(again, "database")).length).toBeGreaterThan(1_000);
    } finally {
      await fresh.stop();
    }
  });

  it("P-02 a drill finds an object that was altered at the destination, and names the release that it hits", async () => {
    const digest = sha256Hex("the graph of a model");
    await away.client.put("backups", `prod/objects/${digest}`, "another graph");
    const { exitCode, all } = await own("fetch", newFolder());
    expect(exitCode).toBe(1);
    expect(all).toContain(`isotherm/blobs/sha256/${digest}: its content`);
    expect(all).toContain(`release ${release.slice(0, 12)}: its file model.onnx is missing`);
  });
});
