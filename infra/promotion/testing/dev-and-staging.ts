import { afterAll, beforeAll, beforeEach } from "vitest";
import { canonicalJson } from "../../../contracts/canonical.ts";
import type { ReleaseManifest } from "../../../contracts/release.ts";
import { comparisonOf } from "../../../test/releases.ts";
import { type Live, nothingLive } from "../../live.ts";
import { promote, type PromoteOptions } from "../promote.ts";
import { parseStack } from "../stacks.ts";
import { registerSample, TwoPlaces } from "./two-places.ts";

type Pair = Record<"candidate" | "incumbent", string>;

export const dev = parseStack(
  "dev",
  `config:
  isotherm:role: environment
  isotherm:models:
    wine:
      blue: { follow: wine }
      gates: [{ metric: accuracy, atLeast: 0.85 }]
`,
);

export const stagingText = (slots: string, more = "") => `config:
  isotherm:role: environment
  isotherm:models:
    wine: # the only one
${slots}
      gates: [{ metric: accuracy, atLeast: 0.9 }] # of staging
${more}`;

/** staging's cluster, where a release has all requests. @param records of what it admitted */
export const liveWith = (release: string, records: Live["records"] = []): Live => ({
  ...nothingLive,
  slots: new Map([["wine", new Map([["blue" as const, { weight: 100, release, ready: 1 }]])]]),
  records,
});

/** What staging's cluster keeps of a release that it admitted. */
export const recordOf = ({ digest, manifest }: { digest: string; manifest: ReleaseManifest }) => ({
  digest,
  "manifest.json": canonicalJson(manifest),
  "admission.json": canonicalJson({ admittedAt: "2026-01-02T00:10:00.000Z" }),
});

/**
 * dev, and a staging that serves a release of its own, between fakes of their registries; a scorer that is a fake as well.
 * Each test begins with them anew.
 */
export function useDevAndStaging() {
  const places = new TwoPlaces();
  /** What staging serves, and what the scorer was asked. */
  const seen: { incumbent: string; compared: Pair[] } = { incumbent: "", compared: [] };
  beforeAll(async () => void (await places.start()));
  afterAll(() => places.stop());
  beforeEach(async () => {
    places.clear();
    seen.compared = [];
    seen.incumbent = (await registerSample(places.place("staging"), { weights: "0" })).digest;
  });

  const blue = () => `      blue: { release: "${seen.incumbent.slice(0, 12)}", weight: 100 }`;
  const compareAs =
    (ours: number, theirs: number): PromoteOptions["compare"] =>
    async (pair) => {
      seen.compared.push(pair);
      return comparisonOf(pair, [ours, theirs]);
    };
  const go = (
    changes: Partial<PromoteOptions> = {},
    text = stagingText(blue()),
    source = dev,
    ask?: typeof fetch,
  ) =>
    promote(
      {
        model: "wine",
        weight: 10,
        compare: compareAs(0.98, 0.97),
        live: liveWith(seen.incumbent),
        ...changes,
      },
      source,
      parseStack("staging", text),
      places.place("staging"),
      async () => places.place("dev", ask),
    );
  const sample = (
    metrics: ReleaseManifest["evidence"]["metrics"] = { accuracy: 0.95 },
    trainedAt?: string,
  ) =>
    registerSample(places.place("dev"), {
      metrics,
      ...(trainedAt === undefined ? {} : { trainedAt }),
    });
  return { places, seen, blue, compareAs, go, sample };
}
