import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import * as pulumi from "@pulumi/pulumi";
import { canonicalJson } from "../../contracts/canonical.ts";
import type { Verdict } from "../../contracts/gates.ts";
import { keys } from "../../contracts/names.ts";
import { shortDigest, type ReleaseManifest } from "../../contracts/release.ts";
import { objectLabels } from "../foundation/labels.ts";

/** A release that this environment admitted, with what it was judged by. */
export interface AdmittedRelease {
  digest: string;
  /** The registry's own number. */
  version: string;
  runId: string;
  manifest: ReleaseManifest;
  verdict: Verdict;
}

export interface ModelReleaseArgs {
  model: string;
  environment: string;
  namespace: pulumi.Input<string>;
  release: pulumi.Input<AdmittedRelease>;
}

/** What an environment knows of a release it serves, unchangeable in the cluster: manifest, raw evidence, verdict. */
export class ModelRelease extends pulumi.ComponentResource {
  public readonly digest: pulumi.Output<string>;

  constructor(name: string, args: ModelReleaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("isotherm:serving:ModelRelease", name, {}, opts);
    const release = pulumi.output(args.release);
    this.digest = release.digest;
    const labels = {
      ...objectLabels({
        name: "model-release",
        instance: args.model,
        component: "model-release",
        environment: args.environment,
      }),
      [keys.model]: args.model,
    };
    new ConfigMap(
      name,
      {
        metadata: {
          name: release.apply(({ digest }) => `release-${args.model}-${shortDigest(digest)}`),
          namespace: args.namespace,
          labels: release.apply(({ digest }) => ({
            ...labels,
            [keys.release]: shortDigest(digest),
          })),
        },
        immutable: true,
        data: release.apply(({ digest, version, manifest, verdict }) => ({
          digest,
          version,
          "manifest.json": canonicalJson(manifest),
          "evidence.json": canonicalJson(manifest.evidence),
          "verdict.json": canonicalJson(verdict),
        })),
      },
      { parent: this },
    );
    this.registerOutputs({ digest: this.digest });
  }
}
