import { generateKeyPairSync } from "node:crypto";
import { AwsClient } from "aws4fetch";
import { XMLBuilder } from "fast-xml-parser";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sha256Hex } from "../../contracts/canonical.ts";
import { LedgerWriter } from "../../contracts/ledger-store.ts";
import { buckets } from "../../contracts/names.ts";
import { ObjectStore } from "../../contracts/object-store.ts";
import { ReleaseStore } from "../../contracts/release-store.ts";
import {
  accountVariable,
  type StoreAccount,
  storeAccountNames,
} from "../../contracts/store-accounts.ts";
import { hasObjectStore, startObjectStore, type TestStore } from "../../test/object-store.ts";
import { manifestWith } from "../../test/releases.ts";
import { DataSetStore } from "../data/data-set-store.ts";
import { createLog } from "./log.ts";
import { initialiseStorage } from "./storage-init.ts";

const { releases, artifacts } = buckets;
const region = "us-east-1";
const lines: string[] = [];
const log = createLog({ write: (line) => void lines.push(line) });
const text = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes);

// Against the object store that is bundled, where set-up has built it on this machine.
const title = hasObjectStore() ? "" : " (needs versitygw, which `npm start` builds)";

describe.skipIf(!hasObjectStore())(`U-04 the accounts of the object store${title}`, () => {
  let store: TestStore;
  let secrets: Record<StoreAccount, string>;

  const as = (account: string, secret = secrets[account as StoreAccount]) =>
    new ObjectStore({
      endpoint: store.url,
      region,
      accessKeyId: account,
      secretAccessKey: secret,
      retries: 0,
    });
  /** The program's Job, with these secrets. */
  const initialise = (wanted = secrets) =>
    initialiseStorage(
      {
        AWS_ENDPOINT_URL: store.url,
        AWS_ACCESS_KEY_ID: store.credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: store.credentials.secretAccessKey,
        ...Object.fromEntries(
          Object.entries(wanted).map(([name, secret]) => [
            accountVariable(name as StoreAccount),
            secret,
          ]),
        ),
      },
      log,
    );
  /** A request that no client of ours makes. @returns its status */
  const send = async (
    keys: { accessKeyId: string; secretAccessKey: string },
    method: string,
    path: string,
    body?: string,
  ) => {
    const client = new AwsClient({ ...keys, region, service: "s3" });
    const request = await client.sign(`${store.url}/${path}`, {
      method,
      ...(body === undefined ? {} : { body }),
    });
    return (await fetch(request)).status;
  };
  const newUser = (name: string) =>
    new XMLBuilder({}).build({ Account: { Access: name, Secret: "s", Role: "admin" } }) as string;

  beforeAll(async () => {
    secrets = Object.fromEntries(
      storeAccountNames.map((name) => [name, `secret-of-${name}`]),
    ) as Record<StoreAccount, string>;
    store = await startObjectStore(Object.values(buckets));
    // What an environment holds that was made before it had accounts: data, and one user of the whole bucket.
    await store.client.put(releases, "datasets/old/1.json", "what was there");
    await store.client.put(artifacts, "1/run/artifacts/model/MLmodel", "what was there");
    await send(store.credentials, "PATCH", "create-user", newUser("OLD").replace("admin", "user"));
    const before = {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { AWS: ["OLD"] },
          Action: ["s3:GetObject", "s3:ListBucket"],
          Resource: [`arn:aws:s3:::${releases}`, `arn:aws:s3:::${releases}/*`],
        },
      ],
    };
    await send(store.credentials, "PUT", `${releases}?policy`, JSON.stringify(before));
    expect(await as("OLD", "s").has(releases, "datasets/old/1.json")).toBe(true);
    await initialise();
    await initialise();
  }, 60_000);
  afterAll(() => store?.stop());

  it("leave data as it was, its owner too, and take from others what they had", async () => {
    expect(text(await store.client.get(releases, "datasets/old/1.json"))).toBe("what was there");
    expect(text(await as("reader").get(releases, "datasets/old/1.json"))).toBe("what was there");
    const model = "1/run/artifacts/model/MLmodel";
    expect(text(await as("registry").get(artifacts, model))).toBe("what was there");
    await expect(as("OLD", "s").get(releases, "datasets/old/1.json")).rejects.toThrow("403");
    // It is the administrator's own still.
    await store.client.put(releases, "datasets/old/1.json", "what was there");
  });

  const prefixes = [
    ...["releases", "blobs", "datasets", "comparisons", "ledger", "audit", "feedback"],
    ...["predictions", "drift", "shadow", "jobs", "turns", "sweeps", "checkpoints", "other"],
  ];
  // Written out, so that a right that somebody adds to the table of accounts is one that somebody adds here.
  const allowed: Record<StoreAccount, { get: string; put: string; delete: string; list: string }> =
    {
      server: { get: "releases blobs", put: "audit feedback", delete: "", list: "" },
      recorder: { get: "ledger", put: "ledger", delete: "", list: "ledger" },
      training: {
        get: "releases blobs datasets jobs turns sweeps checkpoints",
        put: "releases blobs jobs turns sweeps checkpoints",
        delete: "checkpoints",
        list: "turns checkpoints",
      },
      batch: {
        get: "releases blobs datasets predictions",
        put: "predictions",
        delete: "",
        list: "",
      },
      drift: {
        get: "releases blobs audit feedback",
        put: "drift shadow",
        delete: "audit feedback",
        list: "audit feedback",
      },
      registry: { get: "", put: "", delete: "", list: "" },
      backup: { get: "*", put: "", delete: "", list: "*" },
      restore: { get: "*", put: "*", delete: "", list: "*" },
      reader: {
        get: "releases blobs datasets comparisons ledger",
        put: "",
        delete: "",
        list: "comparisons ledger",
      },
      writer: {
        get: "releases blobs datasets comparisons jobs",
        put: "releases blobs datasets comparisons jobs",
        delete: "",
        list: "datasets comparisons",
      },
    };

  it.each(storeAccountNames)(
    "%s does what it needs in the bucket of releases, and nothing else",
    async (name) => {
      const client = as(name);
      const done: Record<string, string[]> = { get: [], put: [], delete: [], list: [] };
      const attempt = async (verb: string, what: string, act: () => Promise<unknown>) => {
        try {
          await act();
          done[verb]?.push(what);
        } catch (error) {
          expect(String(error), `${verb} ${what}`).toContain("403 AccessDenied");
        }
      };
      for (const what of prefixes) {
        await Promise.all([
          attempt("get", what, () => client.get(releases, `${what}/none`)),
          attempt("list", what, () => client.list(releases, `${what}/none`)),
          attempt("put", what, () => client.put(releases, `${what}/${name}`, "x")),
          attempt("delete", what, () => client.delete(releases, `${what}/none`)),
        ]);
      }
      await attempt("list", "", () => client.list(releases, ""));
      for (const [verb, words] of Object.entries(allowed[name])) {
        const all = verb === "list" ? [...prefixes, ""] : prefixes;
        const wanted = words === "*" ? all : words.split(" ").filter((word) => word !== "");
        expect(done[verb]?.toSorted(), verb).toEqual(wanted.toSorted());
      }
    },
  );

  it("MLflow's bucket is MLflow's: others but backup and restore have nothing of it", async () => {
    const key = "2/run/artifacts/plot.png";
    const registry = as("registry");
    await registry.put(artifacts, key, "a plot");
    expect(await registry.list(artifacts, "2/")).toEqual([key]);
    for (const name of storeAccountNames) {
      const client = as(name);
      const may = ["registry", "backup", "restore"].includes(name);
      const read = client.get(artifacts, key).then(text);
      await (may
        ? expect(read).resolves.toBe("a plot")
        : expect(read, name).rejects.toThrow("403 AccessDenied"));
      if (name !== "registry" && name !== "restore") {
        await expect(client.put(artifacts, key, "x"), name).rejects.toThrow("403 AccessDenied");
      }
      if (name !== "registry") {
        await expect(client.delete(artifacts, key), name).rejects.toThrow("403 AccessDenied");
      }
    }
    await registry.delete(artifacts, key);
    expect(await registry.list(artifacts, "2/")).toEqual([]);
  });

  it.each(storeAccountNames)(
    "%s makes no bucket and no account, and changes no right",
    async (name) => {
      const keys = { accessKeyId: name, secretAccessKey: secrets[name] };
      await expect(as(name).createBucket(`of-${name}`)).rejects.toThrow("403");
      expect(await send(keys, "PATCH", "create-user", newUser("MINE"))).toBe(403);
      expect(await send(keys, "PATCH", "list-users", "")).toBe(403);
      for (const bucket of Object.values(buckets)) {
        expect(await send(keys, "PUT", `${bucket}?policy`, "{}")).toBe(403);
        expect(await send(keys, "GET", `${bucket}?policy`)).toBe(403);
        expect(await send(keys, "DELETE", bucket)).toBe(403);
      }
    },
  );

  it("let each do its work: a training registers, a server loads, a recorder writes, a user pushes data", async () => {
    const sound = manifestWith({ accuracy: 0.9 });
    const bytesOf = (role: string) => new TextEncoder().encode(`the ${role}`);
    const contents = new Map(sound.files.map(({ path, role }) => [path, bytesOf(role)]));
    const files = sound.files.map((file) => {
      const bytes = bytesOf(file.role);
      return { ...file, sha256: sha256Hex(bytes), size: bytes.length };
    });
    const manifest = { ...sound, files };
    const digest = await new ReleaseStore(as("training"), releases).put(manifest, contents);
    expect(await new ReleaseStore(as("server"), releases).manifest(digest)).toEqual(manifest);

    const { privateKey: key } = generateKeyPairSync("ed25519");
    const place = { store: as("recorder"), bucket: releases, environment: "dev", key };
    const writer = await LedgerWriter.open(place);
    expect(await writer.append(() => undefined)).toBeUndefined();

    const file = { path: "a.csv", read: async () => new TextEncoder().encode("a\n1\n") };
    await new DataSetStore(as("writer"), releases).push({ name: "a", version: "1", files: [file] });
    const pulled = await new DataSetStore(as("training"), releases).manifest("a@1");
    expect(pulled.files.map(({ path }) => path)).toEqual(["a.csv"]);
  });

  it("made again with other secrets have those alone", async () => {
    const others = Object.fromEntries(
      storeAccountNames.map((name) => [name, `second-secret-of-${name}`]),
    ) as Record<StoreAccount, string>;
    await initialise(others);
    for (const name of storeAccountNames) {
      const bucket = name === "registry" ? artifacts : releases;
      await expect(as(name).get(bucket, "none"), name).rejects.toThrow("SignatureDoesNotMatch");
      const key = name === "recorder" ? "ledger/none" : "releases/none";
      expect(await as(name, others[name]).get(bucket, key), name).toBeUndefined();
    }
    secrets = others;
    expect(lines.join()).not.toContain("secret-of");
  });

  it("are not made by halves: where one secret is missing, nothing is asked of the store", async () => {
    await expect(initialise({ ...secrets, server: "" })).rejects.toThrow(
      "ACCOUNT_SERVER_SECRET: must be the secret of an account",
    );
  });
});
