import type { StackValidationPolicy } from "@pulumi/policy";
import { z } from "zod";
import { canonicalJson, sha256Hex } from "../contracts/canonical.ts";
import { ModelContract, type TensorSpec } from "../contracts/model-contract.ts";
import { fileByRole, shortDigest } from "../contracts/release.ts";
import { enforcementLevel } from "./enforcement.ts";
import { soundManifestOf } from "./release-manifest.ts";
import type { ReleaseObject } from "./release-object.ts";
import { declaredRelease, servedBy, slotLabel, weightOf } from "./served-slots.ts";
import { settings } from "./settings.ts";
import { judgeEach, knownOf } from "./unknown.ts";

const { configSchema, read } = settings({
  except: z
    .array(z.string())
    .default([])
    .describe("Models whose callers know that inputs or outputs are about to change"),
});

export const releaseContract: StackValidationPolicy = {
  name: "release-contract",
  description:
    "A release takes and gives what the release with the most requests does, so that a change of weight breaks no caller.",
  enforcementLevel,
  configSchema,
  validateStack: (args, report) => {
    const { resources } = args;
    const { except } = read(args);
    const slots = knownOf(resources, servedBy);
    const releases = knownOf(resources, declaredRelease);
    const find = (digest: string) => releases.find(({ data }) => data["digest"] === digest);
    judgeEach(resources, (resource) => {
      for (const slot of servedBy(resource)) {
        if (except.includes(slot.model)) continue;
        const [main = slot] = slots
          .filter(({ model }) => model === slot.model)
          .toSorted((one, other) => weightOf(other, resources) - weightOf(one, resources));
        const [one, other] = [find(slot.release), find(main.release)];
        if (one === undefined || other === undefined || one === other) continue;
        const fault = contractFault(one, other);
        if (fault !== undefined) report(`${slotLabel(slot)}: ${fault}`, slot.urn);
      }
    });
  },
};

/** How what a release takes or gives differs from another one's, or undefined. */
export function contractFault(one: ReleaseObject, other: ReleaseObject): string | undefined {
  const [manifest, otherManifest] = [soundManifestOf(one), soundManifestOf(other)];
  if (manifest === undefined || otherManifest === undefined) return undefined;
  const digests = [manifest, otherManifest].map((each) => fileByRole(each, "contract")?.sha256);
  if (digests[0] === digests[1]) return undefined;
  const contracts = [one, other].map(({ data }, index) => contractOf(data, digests[index] ?? ""));
  const [mine, theirs] = contracts;
  if (mine === undefined || theirs === undefined) {
    return "its contract is another one, and the records do not show both: contract.json is missing or not the manifest's";
  }
  const names = (contract: ModelContract) => contract.features.map(({ name }) => name);
  const parts: [what: string, mine: unknown, theirs: unknown][] = [
    ["inputs", mine.inputs.map(shape), theirs.inputs.map(shape)],
    ["outputs", mine.outputs.map(shape), theirs.outputs.map(shape)],
    ["features", names(mine), names(theirs)],
    ["classes", mine.classes ?? [], theirs.classes ?? []],
  ];
  const differing = parts.filter(([, a, b]) => canonicalJson(a) !== canonicalJson(b));
  if (differing.length === 0) return undefined;
  const what = differing.map(([part]) => part).join(", ");
  return `its ${what} are not those of ${shortDigest(other.data["digest"] ?? "")}, which has the most requests`;
}

function contractOf(data: ReleaseObject["data"], sha256: string): ModelContract | undefined {
  const { "contract.json": text } = data;
  if (text === undefined || sha256Hex(text) !== sha256) return undefined;
  return ModelContract.parse(JSON.parse(text));
}

function shape({ name, dataType, shape: size }: TensorSpec) {
  return { name, dataType, shape: size };
}
