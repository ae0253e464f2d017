import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import * as pulumi from "@pulumi/pulumi";
import { approvedName } from "../../contracts/admission.ts";
import { keys } from "../../contracts/names.ts";
import { objectLabels } from "../foundation/labels.ts";

export interface ApprovedReleasesArgs {
  environment: string;
  namespace: pulumi.Input<string>;
  /** Digest of the release that each slot may have, by the slot's Service. Plain keys, because they are the slots there are. */
  releases: Readonly<Record<string, pulumi.Input<string>>>;
  /** Whose change this declaration undoes, where somebody else changed the list. @default nobody's */
  undone?: string | undefined;
}

/**
 * The list of what this environment may serve, as its gates let it in. The cluster's admission reads it: a slot that is not
 * there gets no requests, and servers get no other release than the one that is written there. So it is written before
 * either.
 */
export class ApprovedReleases extends pulumi.ComponentResource {
  constructor(name: string, args: ApprovedReleasesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("isotherm:serving:ApprovedReleases", name, {}, opts);
    const labels = objectLabels({
      name: "approved-releases",
      instance: "approved-releases",
      component: "approved-releases",
      environment: args.environment,
    });
    new ConfigMap(
      name,
      {
        metadata: {
          name: approvedName,
          namespace: args.namespace,
          labels,
          annotations: {
            // Keys of releases on hold are another writer's, and stay: see contracts/admission.ts.
            "pulumi.com/patchForce": "true",
            ...(args.undone === undefined ? {} : { [keys.undone]: args.undone }),
          },
        },
        data: args.releases,
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
