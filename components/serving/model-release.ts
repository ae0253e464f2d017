import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import * as pulumi from "@pulumi/pulumi";
import { type Admission, recordName } from "../../contracts/admission-record.ts";
import { canonicalJson } from "../../contracts/canonical.ts";
import type { Comparison } from "../../contracts/comparison.ts";
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
  /** On the gates of today. */
  verdict: Verdict;
  /** What the environment keeps of it: made when it was admitted, and read back ever after. */
  record: Readonly<Record<string, string>>;
}

/** What the registry knows of a release beside its manifest; not all of it is always there. */
export interface ReleaseOrigin {
  /** The environment whose registry it was copied from. */
  from?: string | undefined;
  /** Its model contract, the text that the manifest names. */
  contract?: string | undefined;
  /** How it and the incumbent scored. */
  comparison?: Comparison | undefined;
}

/** The record of a release that is admitted now. */
export function releaseRecord(
  release: Omit<AdmittedRelease, "record" | "runId">,
  admission: Admission,
  { from, contract, comparison }: ReleaseOrigin = {},
): Record<string, string> {
  const { digest, version, manifest, verdict } = release;
  return {
    digest,
    version,
    "manifest.json": canonicalJson(manifest),
    "evidence.json": canonicalJson(manifest.evidence),
    "verdict.json": canonicalJson(verdict),
    "admission.json": canonicalJson(admission),
    ...(from === undefined ? {} : { from }),
    ...(contract === undefined ? {} : { "contract.json": contract }),
    ...(comparison === undefined ? {} : { "comparison.json": canonicalJson(comparison) }),
  };
}

export interface ModelReleaseArgs {
  model: string;
  environment: string;
  namespace: pulumi.Input<string>;
  release: pulumi.Input<Pick<AdmittedRelease, "digest" | "record">>;
}

/**
 * What an environment knows of a release it admitted, unchangeable in the cluster: manifest, raw evidence, verdict, and
 * when it was admitted. It stays in the cluster when the release leaves the stack file, so that it can come back. A shadow that
 * gets requests has a second one, under another name: the first stays too.
 */
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
          name: release.apply(({ digest, record }) => recordName(args.model, digest, record)),
          namespace: args.namespace,
          labels: release.apply(({ digest }) => ({
            ...labels,
            [keys.release]: shortDigest(digest),
          })),
        },
        immutable: true,
        data: release.record,
      },
      // Its namespace takes it along when the environment goes.
      { parent: this, retainOnDelete: true },
    );
    this.registerOutputs({ digest: this.digest });
  }
}
