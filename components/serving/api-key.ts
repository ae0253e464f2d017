import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random/randomPassword.js";
import { sha256Hex } from "../../contracts/canonical.ts";
import { apiKeysPath } from "../../contracts/names.ts";
import { objectLabels } from "../foundation/labels.ts";

export interface ApiKeyArgs {
  environment: string;
  namespace: pulumi.Input<string>;
}

/** The key that an environment's clients send. The cluster holds its digest only. */
export class ApiKey extends pulumi.ComponentResource {
  /** The key itself, a secret. */
  public readonly value: pulumi.Output<string>;
  /** Name of the Secret with the digests of valid keys, one a line. */
  public readonly digests: pulumi.Output<string>;

  constructor(name: string, args: ApiKeyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("isotherm:serving:ApiKey", name, {}, opts);
    const { environment, namespace } = args;
    const key = new RandomPassword(name, { length: 40, special: false }, { parent: this });
    const labels = objectLabels({
      name: "api-keys",
      instance: "api-keys",
      component: "model-server",
      environment,
    });
    const file = apiKeysPath.slice(apiKeysPath.lastIndexOf("/") + 1);
    const secret = new Secret(
      `${name}-digests`,
      {
        metadata: { namespace, labels },
        stringData: { [file]: key.result.apply((value) => `${sha256Hex(value)}\n`) },
      },
      { parent: this },
    );
    this.value = pulumi.secret(key.result);
    this.digests = secret.metadata.name;
    this.registerOutputs({ value: this.value, digests: this.digests });
  }
}
