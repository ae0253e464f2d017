import * as pulumi from "@pulumi/pulumi";
import { registryPodLabels } from "../components/registry/registry-server.ts";
import { Mlflow } from "../contracts/mlflow.ts";
import { services } from "../contracts/names.ts";
import { moveChampion } from "../contracts/registration.ts";
import { shortDigest } from "../contracts/release.ts";
import type { Target } from "./targets/target.ts";

export interface ChampionArgs {
  environment: string;
  namespace: pulumi.Input<string>;
  model: string;
  /** Of the slot with the most requests. */
  release: pulumi.Input<{ digest: string }>;
  /** Known once the route shares the requests out so. */
  moved: pulumi.Input<unknown>;
  openTunnel: Target<never>["openTunnel"];
}

/**
 * Has the alias `champion` of an environment's registry follow the requests. The route moves first: an `up` that ends in
 * between, or cannot reach the registry, leaves the alias behind and nothing else, and the next one moves it, also where
 * it has nothing else to do. A preview writes nothing.
 * @returns known once the alias was asked for
 */
export function followWithChampion(args: ChampionArgs): pulumi.Output<void> {
  const { environment, model, openTunnel } = args;
  return pulumi
    .all([args.namespace, args.release, args.moved])
    .apply(async ([namespace, { digest }]) => {
      if (pulumi.runtime.isDryRun()) return;
      try {
        const labels = registryPodLabels(environment);
        const tunnel = await openTunnel(namespace, labels, services.registry.port);
        try {
          await moveChampion(new Mlflow({ url: tunnel.url }), model, digest);
        } finally {
          tunnel.close();
        }
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        await pulumi.log.warn(
          `${model}: release ${shortDigest(digest)} has most of the requests, and the alias champion was not moved to it: ` +
            `${reason}; \`npm run releases -- sync --stack ${environment}\` moves it`,
        );
      }
    });
}
