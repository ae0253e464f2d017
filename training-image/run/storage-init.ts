import { z } from "zod";
import { buckets } from "../../contracts/names.ts";
import { ObjectStore } from "../../contracts/object-store.ts";
import type { Logger } from "pino";
import { BadInputError } from "../workloads/errors.ts";
import { type Environment, requireCredentials } from "./config.ts";

const Endpoint = z.url();

/**
 * Makes the buckets of an environment; those that are there stay as they are.
 * Reads `AWS_ENDPOINT_URL`, `AWS_REGION` (default us-east-1) and the credentials.
 */
export async function initialiseStorage(environment: Environment, log: Logger): Promise<void> {
  const credentials = requireCredentials(environment);
  const endpoint = Endpoint.safeParse(environment["AWS_ENDPOINT_URL"]);
  if (!endpoint.success) {
    throw new BadInputError("AWS_ENDPOINT_URL: must be the URL of the object store");
  }
  const store = new ObjectStore({
    endpoint: endpoint.data,
    region: environment["AWS_REGION"] ?? "us-east-1",
    ...credentials,
    // The store and this Job start together.
    retries: 30,
  });
  for (const bucket of Object.values(buckets)) {
    await store.createBucket(bucket);
    log.info({ bucket }, `bucket ${bucket} is there`);
  }
}
