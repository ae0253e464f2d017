import { globSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import pRetry from "p-retry";
import { ObjectStore } from "../contracts/object-store.ts";
import { cache } from "../embedded/paths.ts";
import { ensureGoTool } from "../embedded/toolchain/go.ts";
import { freePort } from "./free-port.ts";

export interface TestStore {
  url: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  client: ObjectStore;
  stop(): Promise<void>;
}

/** Whether set-up has built that server on this machine: for quick tests, which build nothing. */
export function hasObjectStore(): boolean {
  return globSync(join(cache, "tools/versitygw-*/bin/versitygw")).length > 0;
}

/** Starts the S3 server that the platform bundles, on a folder of its own. @throws Error where it does not answer */
export async function startObjectStore(buckets: readonly string[]): Promise<TestStore> {
  const tool = await ensureGoTool("versitygw", () => {});
  const folder = mkdtempSync(join(tmpdir(), "isotherm-s3-"));
  for (const part of ["iam", "versions", "buckets"]) mkdirSync(join(folder, part));
  const port = await freePort();
  const credentials = { accessKeyId: "TESTKEY", secretAccessKey: "a-secret-of-the-test" };
  const server = execa(
    join(tool, "bin/versitygw"),
    [
      ...["--quiet", `--port=127.0.0.1:${port}`, `--iam-dir=${folder}/iam`],
      // As the platform has it.
      ...["--iam-cache-disable", "posix"],
      ...[`--versioning-dir=${folder}/versions`, `${folder}/buckets`],
    ],
    {
      env: {
        ROOT_ACCESS_KEY: credentials.accessKeyId,
        ROOT_SECRET_KEY: credentials.secretAccessKey,
      },
      reject: false,
      stdout: "ignore",
      stderr: "ignore",
    },
  );
  const url = `http://127.0.0.1:${port}`;
  const client = new ObjectStore({ endpoint: url, region: "us-east-1", ...credentials });
  const stop = async () => {
    server.kill();
    await server;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await pRetry(() => client.list("none", "").catch(requireAnswer), { retries: 50, factor: 1 });
    for (const bucket of buckets) await client.createBucket(bucket);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, credentials, client, stop };
}

/** A server that says there is no such bucket is up. */
function requireAnswer(error: unknown): void {
  if (!(error instanceof Error && error.name === "ObjectStoreError")) throw error;
}
