import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import type * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random/randomPassword.js";
import { type StoreAccount, storeAccountNames } from "../../contracts/store-accounts.ts";
import { objectLabels, type Identity } from "../foundation/labels.ts";

/** Component label of an object store, and of the Secret with its administrator's keys. */
export const administratorComponent = "object-store";

/** Component label of the Secret with an account's keys. */
export function accountComponent(account: StoreAccount): string {
  return `${administratorComponent}-${account}`;
}

/** By account, the name of the Secret with its `accessKeyId` and `secretAccessKey`. */
export type AccountSecrets = Readonly<Record<StoreAccount, pulumi.Output<string>>>;

/** Declares a Secret for each account of an object store, with a generated secret key; the access key is the account's name. */
export function declareAccounts(
  name: string,
  identity: Identity,
  namespace: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
): AccountSecrets {
  const declared = storeAccountNames.map((account) => {
    const secretKey = new RandomPassword(
      `${name}-${account}-secret-key`,
      { length: 40, special: false },
      opts,
    );
    const labels = objectLabels({ ...identity, component: accountComponent(account) });
    const secret = new Secret(
      `${name}-${account}`,
      {
        metadata: { namespace, labels },
        stringData: { accessKeyId: account, secretAccessKey: secretKey.result },
      },
      opts,
    );
    return [account, secret.metadata.name] as const;
  });
  return Object.fromEntries(declared) as Record<StoreAccount, pulumi.Output<string>>;
}
