import { tagOf } from "../../contracts/mlflow-types.ts";
import { tags } from "../../contracts/names.ts";
import type { Slot } from "../../contracts/serving-config.ts";
import { compareOf, ruleOf } from "../comparison-rule.ts";
import { incumbentOf } from "../incumbent.ts";
import { type Live, recordOf, shadowRecordOf } from "../live.ts";
import { type Compare, compareWithIncumbent } from "./comparisons.ts";
import { findVersion } from "./find-version.ts";
import type { SourcePlace, TargetPlace } from "./place.ts";
import { allModels, type Stack, type StackModel } from "./stacks.ts";
import type { OpenSource } from "./sync.ts";

/** A release that was held against the incumbent. */
export interface Compared {
  model: string;
  /** All 64 digits of both. */
  release: string;
  incumbent: string;
  passed: boolean;
  /** A sentence for people. */
  text: string;
}

/**
 * Holds every release that the stack file names, and the environment has not admitted yet, against the one that has most
 * of the model's requests now: what preview then asks for is there. What a slot that follows a training would serve is
 * compared where the model's `compare` asks for it.
 */
export async function compareNamed(
  stack: Stack,
  live: Live,
  place: TargetPlace,
  openSource: OpenSource,
  compare: Compare,
): Promise<Compared[]> {
  const rows: Compared[] = [];
  for (const [model, wanted] of allModels(stack)) {
    const incumbent = incumbentOf(live, model);
    if (incumbent === undefined) continue;
    for (const wish of await wishesOf(model, wanted, place)) {
      const asked = compareOf(wish, wanted, wish.slot);
      const rule = ruleOf(wanted.gates, asked);
      const found = await findVersion(place.mlflow, model, wish.release);
      if (rule === undefined || asked === "off" || found === undefined) continue;
      const { digest: candidate } = found;
      const isAdmitted =
        recordOf(live, candidate) !== undefined ||
        (wish.slot === "shadow" && shadowRecordOf(live, candidate) !== undefined);
      if (candidate === incumbent || isAdmitted) continue;
      const pair = { candidate, incumbent };
      const source = await sourceOf(wish.from, openSource);
      const row = { model, release: candidate, incumbent };
      try {
        const verdict = await compareWithIncumbent(pair, rule, asked, place, source, compare);
        rows.push({ ...row, ...verdict });
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error);
        rows.push({ ...row, passed: false, text });
      }
    }
  }
  return rows;
}

type NamedWish = {
  slot: Slot;
  release: string;
  from?: string | undefined;
} & Parameters<typeof compareOf>[0];

async function wishesOf(
  model: string,
  { slots, shadow, follow }: StackModel,
  { mlflow }: TargetPlace,
): Promise<NamedWish[]> {
  const named = Object.entries({ ...slots, shadow }).flatMap(([slot, held]) =>
    held === undefined ? [] : [{ ...held, slot: slot as Slot }],
  );
  if (follow === undefined) return named;
  const versions = await mlflow.modelVersions(model);
  const newest = versions.find((version) => tagOf(version, tags.training) === follow);
  const release = newest && tagOf(newest, tags.release);
  return release === undefined ? [] : [{ follow, release, slot: "blue" }];
}

/** A source that is gone keeps no comparison; one can still be made. */
async function sourceOf(
  from: string | undefined,
  openSource: OpenSource,
): Promise<SourcePlace | undefined> {
  return from === undefined ? undefined : openSource(from).catch(() => undefined);
}
