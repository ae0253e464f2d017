import {
  ApiException,
  PatchStrategy,
  setHeaderOptions,
  type CoreV1Api,
  type V1ConfigMap,
} from "@kubernetes/client-node";
import { approvedName, heldKey } from "../../contracts/admission.ts";
import {
  holdLabels,
  holdName,
  parseHold,
  type Hold,
  type ModelHold,
} from "../../contracts/hold.ts";
import { keys } from "../../contracts/names.ts";
import { shortDigest } from "../../contracts/release.ts";
import { orMissing } from "../targets/or-missing.ts";

/** What is asked for cannot be done; nothing was written. */
export class HoldError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "HoldError";
  }
}

/** An environment in its cluster, as far as holds go. */
export interface HoldPlace {
  core: Pick<
    CoreV1Api,
    | "createNamespacedConfigMap"
    | "deleteNamespacedConfigMap"
    | "listNamespacedConfigMap"
    | "patchNamespacedConfigMap"
    | "readNamespacedConfigMap"
  >;
  environment: string;
  namespace: string;
  /** Who asks, by the API server's name of them. */
  user: string;
}

/** Who writes the marks of holds on the list of approved releases: the program leaves another manager's keys alone. */
const fieldManager = "isotherm-hold";

/**
 * Puts a release on hold: from then on a preview refuses to give it requests, and so does the cluster's admission. Weights stay
 * as they are. A hold that is there stays as it was put.
 * @param digits 12 or 64 digits of the release
 * @throws HoldError where 12 digits name no release that the environment admitted
 */
export async function putHold(
  place: HoldPlace,
  model: string,
  digits: string,
  reason: string,
  now = new Date(),
): Promise<{ hold: ModelHold; isNew: boolean }> {
  const { core, namespace, user } = place;
  const release = await fullDigest(place, model, digits);
  const at = now.toISOString();
  const data: Hold = { release, reason, by: user, at };
  const name = holdName(model, release);
  const metadata = { name, namespace, labels: holdLabels(model, release) };
  const body: V1ConfigMap = { metadata, data: { ...data } };
  const hold = parseHold({ metadata, data: { ...data } });
  const isNew = await created(core.createNamespacedConfigMap({ namespace, body, fieldManager }));
  const found = isNew ? hold : parseHold(await core.readNamespacedConfigMap({ namespace, name }));
  // Last: whoever reads the mark finds the reason.
  await mark(place, release, name);
  return { hold: found, isNew };
}

/**
 * Lifts the hold on a release. It gets no requests by that.
 * @returns the hold that was, or undefined where there was none
 */
export async function liftHold(
  place: HoldPlace,
  model: string,
  digits: string,
): Promise<ModelHold | undefined> {
  const { core, namespace } = place;
  const name = holdName(model, digits);
  const found = await orMissing(core.readNamespacedConfigMap({ namespace, name }));
  // First: a hold without its mark still keeps a preview from it, a mark without its hold would tell nobody why.
  await mark(place, digits, null);
  if (found === undefined) return undefined;
  const hold = parseHold(found);
  await core.deleteNamespacedConfigMap({ namespace, name });
  return hold;
}

/** Writes, or with null takes away, the mark of a hold on the list of approved releases, where there is one. */
async function mark({ core, namespace }: HoldPlace, release: string, by: string | null) {
  const body = { data: { [heldKey(release)]: by } };
  await orMissing(
    core.patchNamespacedConfigMap(
      { name: approvedName, namespace, body, fieldManager },
      setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
    ),
  );
}

async function created(answer: Promise<unknown>): Promise<boolean> {
  try {
    await answer;
    return true;
  } catch (error) {
    if (error instanceof ApiException && error.code === 409) return false;
    throw error;
  }
}

async function fullDigest(
  { core, namespace, environment }: HoldPlace,
  model: string,
  digits: string,
): Promise<string> {
  if (digits.length === 64) return digits;
  const labelSelector = `${keys.model}=${model},${keys.release}`;
  const records = await core.listNamespacedConfigMap({ namespace, labelSelector });
  // A shadow that got requests has two records.
  const known = [...new Set(records.items.flatMap(({ data }) => data?.["digest"] ?? []))];
  const found = known.find((digest) => digest.startsWith(digits));
  if (found !== undefined) return found;
  const there = known.length === 0 ? "none" : known.map(shortDigest).join(", ");
  throw new HoldError(
    `${environment} never admitted a release ${digits} of ${model}; it admitted ${there}. ` +
      "A release that it does not know is held by all 64 digits",
  );
}
