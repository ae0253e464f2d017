import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import * as pulumi from "@pulumi/pulumi";
import { canonicalJson } from "../../contracts/canonical.ts";
import type { Comparison, ComparisonRule } from "../../contracts/comparison.ts";
import type { Verdict } from "../../contracts/gates.ts";
import { keys } from "../../contracts/names.ts";
import { shortDigest, type ReleaseManifest } from "../../contracts/release.ts";
import { objectLabels } from "../foundation/labels.ts";

/** What was asked of a release once, when the environment took it in, and is never asked again. */
export interface Admission {
  /** ISO 8601, UTC. */
  admittedAt: string;
  /** Who ran the deployment that admitted it, and from which commit. */
  deployer?: string;
  commit?: string;
  /** How long before that it was trained. */
  ageSeconds: number;
  /** How long it might have been, where the stack file said so. */
  maxAgeSeconds?: number;
  comparison: AdmissionComparison;
}

/**
 * What a release was held against when it was admitted. `none`: no other release had requests. `off`: the stack file left
 * the comparison out. `made`: the comparison itself is in the record as `comparison.json`.
 */
export type AdmissionComparison =
  | { kind: "none" }
  | { kind: "off"; incumbent: string }
  | { kind: "made"; incumbent: string; rule: ComparisonRule; sha256: string };

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
 * when it was admitted. It stays in the cluster when the release leaves the stack file, so that it can come back.
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
          name: release.apply(({ digest }) => `release-${args.model}-${shortDigest(digest)}`),
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
