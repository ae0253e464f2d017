import { z } from "zod";
import { buckets } from "../../contracts/names.ts";
import { ObjectStore } from "../../contracts/object-store.ts";
import type { Logger } from "pino";
import { ensureReader } from "./object-reader.ts";
import { BadInputError } from "../workloads/errors.ts";
import { type Environment, requireCredentials } from "./config.ts";

const Endpoint = z.url();
const Reader = z.object({
  READER_ACCESS_KEY_ID: z.string().min(1),
  READER_SECRET_ACCESS_KEY: z.string().min(1),
});

/**
 * Makes the buckets of an environment; those that are there stay as they are.
 * Reads `AWS_ENDPOINT_URL`, `AWS_REGION` (default us-east-1) and the credentials. With `READER_ACCESS_KEY_ID` and
 * `READER_SECRET_ACCESS_KEY` the bundled store also gets a user of these keys that reads releases and does nothing else.
 */
export async function initialiseStorage(environment: Environment, log: Logger): Promise<void> {
  const credentials = requireCredentials(environment);
  const endpoint = Endpoint.safeParse(environment["AWS_ENDPOINT_URL"]);
  if (!endpoint.success) {
    throw new BadInputError("AWS_ENDPOINT_URL: must be the URL of the object store");
  }
  const region = environment["AWS_REGION"] ?? "us-east-1";
  const store = new ObjectStore({
    endpoint: endpoint.data,
    region,
    ...credentials,
    // The store and this Job start together.
    retries: 30,
  });
  for (const bucket of Object.values(buckets)) {
    await store.createBucket(bucket);
    log.info({ bucket }, `bucket ${bucket} is there`);
  }
  const reader = Reader.safeParse(environment);
  if (!reader.success) return;
  const { READER_ACCESS_KEY_ID: accessKeyId, READER_SECRET_ACCESS_KEY: secretAccessKey } =
    reader.data;
  await ensureReader({
    endpoint: endpoint.data,
    region,
    admin: credentials,
    reader: { accessKeyId, secretAccessKey },
    bucket: buckets.releases,
  });
  log.info({ bucket: buckets.releases }, `the reader reads ${buckets.releases}`);
}
