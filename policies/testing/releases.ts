import { canonicalJson, sha256Hex } from "../../contracts/canonical.ts";
import type { Evidence } from "../../contracts/evidence.ts";
import type { ModelContract } from "../../contracts/model-contract.ts";
import { keys } from "../../contracts/names.ts";
import { shortDigest, type ReleaseManifest } from "../../contracts/release.ts";
import { manifestWith, stored } from "../../test/releases.ts";
import type { Asked } from "./ask.ts";
import { object } from "./objects.ts";

const digestOfImage = `sha256:${"0".repeat(64)}`;

export interface Record {
  digest: string;
  asked: Asked;
  data: { [key: string]: string };
  labels: { [key: string]: string };
}

interface Differences {
  metrics?: { [name: string]: number };
  lineage?: Partial<Evidence["lineage"]>;
  trainedAt?: string;
  contract?: ModelContract;
}

/** A sound manifest of model wine, trained from a commit by an image with a digest. */
export function manifestOfWine({
  metrics,
  lineage,
  trainedAt,
  contract,
}: Differences): ReleaseManifest {
  const manifest = manifestWith(metrics ?? { accuracy: 0.97 });
  const { evidence } = manifest;
  const image = `registry.example/training@${digestOfImage}`;
  return {
    ...manifest,
    files: manifest.files.map((file) =>
      file.role === "contract" && contract !== undefined
        ? { ...file, sha256: sha256Hex(canonicalJson(contract)) }
        : file,
    ),
    evidence: {
      ...evidence,
      trainedAt: trainedAt ?? evidence.trainedAt,
      lineage: { ...evidence.lineage, image, ...lineage },
    },
  };
}

/**
 * A release as the program declares it, trained as `differences` say, and then changed.
 * @param data values of the ConfigMap that replace the sound ones; undefined takes one away
 */
export function release(
  differences: Differences = {},
  data: { [key: string]: string | undefined } = {},
): Record {
  const manifest = manifestOfWine(differences);
  const { digest, text } = stored(manifest);
  const name = `release-wine-${shortDigest(digest)}`;
  const labels = {
    "app.kubernetes.io/component": "model-release",
    [keys.model]: "wine",
    [keys.release]: shortDigest(digest),
  };
  const admission = {
    admittedAt: "2026-01-02T03:54:05.000Z",
    ageSeconds: 3_000,
    maxAgeSeconds: 3_600,
    comparison: { kind: "none" },
  };
  const whole: { [key: string]: string | undefined } = {
    digest,
    version: "3",
    "manifest.json": text,
    "evidence.json": canonicalJson(manifest.evidence),
    "verdict.json": canonicalJson({ passed: true, findings: [] }),
    "admission.json": canonicalJson(admission),
    from: "staging",
    ...(differences.contract === undefined
      ? {}
      : { "contract.json": canonicalJson(differences.contract) }),
    ...data,
  };
  const known = Object.fromEntries(
    Object.entries(whole).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  return {
    digest,
    data: known,
    labels,
    asked: object("ConfigMap", name, { metadata: { labels }, data: known }),
  };
}

/** Servers of a slot of model wine: their configuration and their Service. */
export function slot(name: "blue" | "green" | "shadow", digest: string): Asked[] {
  const config = {
    schema: "isotherm.dev/serving-config/v1",
    environment: "prod",
    slot: name,
    objects: { endpoint: "http://s3:7070", region: "us-east-1", bucket: "isotherm" },
    models: [{ name: "wine", version: "3", release: digest }],
  };
  const labels = {
    "app.kubernetes.io/component": "model-server",
    [keys.model]: "wine",
    [keys.slot]: name,
  };
  return [
    object("ConfigMap", `wine-${name}-0a1b2c`, {
      metadata: { labels },
      data: { "serving.json": canonicalJson(config) },
    }),
    object("Service", `wine-${name}`, { metadata: { labels }, spec: { selector: labels } }),
  ];
}

/** The route of model wine, with a rule for trying each slot by a header. */
export function route(weights: { [slot: string]: number }): Asked {
  const path = { type: "PathPrefix", value: "/models/wine" };
  const backends = Object.entries(weights).map(([name, weight]) => ({
    name: `wine-${name}`,
    weight,
  }));
  return object("HTTPRoute", "wine", {
    metadata: { labels: { [keys.model]: "wine" } },
    spec: {
      rules: [
        { matches: [{ path }], backendRefs: backends },
        ...backends.map(({ name }) => ({
          matches: [{ path, headers: [{ name: "x-isotherm-slot", value: name }] }],
          backendRefs: [{ name, weight: 1 }],
        })),
      ],
    },
  });
}
