import { AwsClient } from "aws4fetch";
import { XMLBuilder } from "fast-xml-parser";
import { buckets } from "../../contracts/names.ts";
import {
  bucketPolicy,
  storeAccountNames,
  type StoreAccount,
} from "../../contracts/store-accounts.ts";

export interface AccountsOptions {
  /** Base URL of a versitygw. */
  endpoint: string;
  region: string;
  /** The administrator's keys. */
  admin: { accessKeyId: string; secretAccessKey: string };
  /** The secret key of each account; the name of an account is its access key. */
  secrets: Readonly<Record<StoreAccount, string>>;
  fetch?: typeof fetch;
}

/**
 * Makes the accounts of an object store (versitygw) or gives those that are there these secrets, and gives each the rights
 * that it needs and no others: what another policy of the two buckets allowed before is allowed no more. Objects and their
 * owner stay as they are. Stopped anywhere and done again, it ends the same.
 * @throws Error where the store refuses
 */
export async function ensureAccounts(options: AccountsOptions): Promise<void> {
  const { endpoint, region, admin, secrets } = options;
  const client = new AwsClient({ ...admin, region, service: "s3" });
  const send = async (method: string, path: string, body: string): Promise<Response> => {
    const request = await client.sign(`${endpoint.replace(/\/$/, "")}/${path}`, { method, body });
    return (options.fetch ?? fetch)(request);
  };
  for (const name of storeAccountNames) {
    const account = { Access: name, Secret: secrets[name], Role: "user" };
    const made = await send("PATCH", "create-user", xml({ Account: account }));
    if (made.status === 409) {
      // The role as well: somebody may have made it more than a user.
      const props = xml({ MutableProps: { Secret: secrets[name], Role: "user" } });
      const updated = await send(
        "PATCH",
        `update-user?${new URLSearchParams({ access: name })}`,
        props,
      );
      await requireOk(updated, `update account ${name}`);
    } else {
      await requireOk(made, `make account ${name}`);
    }
  }
  // After the accounts, because a policy may name none that is not there.
  for (const bucket of Object.values(buckets)) {
    const allowed = await send("PUT", `${bucket}?policy`, JSON.stringify(bucketPolicy(bucket)));
    await requireOk(allowed, `set the policy of ${bucket}`);
  }
}

function xml(value: object): string {
  return new XMLBuilder({}).build(value) as string;
}

async function requireOk(answer: Response, what: string): Promise<void> {
  if (answer.ok) return;
  const code = /<Code>([^<]*)<\/Code>/.exec(await answer.text())?.[1] ?? answer.statusText;
  throw new Error(`object store: to ${what} answered ${answer.status} ${code}`);
}
