import type { Logger } from "pino";
import { z } from "zod";
import { buckets } from "../../contracts/names.ts";
import { ObjectStore } from "../../contracts/object-store.ts";
import {
  accountVariable,
  storeAccountNames,
  type StoreAccount,
} from "../../contracts/store-accounts.ts";
import { BadInputError } from "../workloads/errors.ts";
import { type Environment, requireCredentials } from "./config.ts";
import { ensureAccounts } from "./store-accounts.ts";

const Endpoint = z.url();

/**
 * Makes the buckets of an environment; those that are there stay as they are.
 * Reads `AWS_ENDPOINT_URL`, `AWS_REGION` (default us-east-1) and the administrator's credentials. With the secrets of all
 * accounts (`ACCOUNT_SERVER_SECRET` and so on) the bundled store also gets these, each with the rights that it needs.
 * @throws BadInputError where a variable is missing
 */
export async function initialiseStorage(environment: Environment, log: Logger): Promise<void> {
  const credentials = requireCredentials(environment);
  const endpoint = Endpoint.safeParse(environment["AWS_ENDPOINT_URL"]);
  if (!endpoint.success) {
    throw new BadInputError("AWS_ENDPOINT_URL: must be the URL of the object store");
  }
  const secrets = accountSecrets(environment);
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
  if (secrets === undefined) return;
  await ensureAccounts({ endpoint: endpoint.data, region, admin: credentials, secrets });
  log.info({ accounts: storeAccountNames }, "each account has its rights and no others");
}

/** @returns undefined where there is none at all, as for a store whose accounts are made elsewhere */
function accountSecrets(environment: Environment): Record<StoreAccount, string> | undefined {
  const given = storeAccountNames.map(
    (name) => [name, environment[accountVariable(name)]] as const,
  );
  if (given.every(([, secret]) => secret === undefined)) return undefined;
  for (const [name, secret] of given) {
    if (!secret)
      throw new BadInputError(`${accountVariable(name)}: must be the secret of an account`);
  }
  return Object.fromEntries(given) as Record<StoreAccount, string>;
}
