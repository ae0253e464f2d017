import type { Evidence } from "../../contracts/evidence.ts";
import { isSameRelease, shortDigest } from "../../contracts/release.ts";
import { ReleaseReader } from "../../contracts/release-store.ts";
import { compareOf } from "../comparison-rule.ts";
import type { Live } from "../live.ts";
import type { CompareConfig } from "../model-schema.ts";
import type { Compare } from "./comparisons.ts";
import { judgeCandidate } from "./judge-candidate.ts";
import type { TargetPlace } from "./place.ts";
import { EditError, impliedWeight, largestShare, planPromotion, type SlotEdit } from "./slots.ts";
import { editSlots } from "./stack-file.ts";
import { modelOf, type Stack, type StackModel } from "./stacks.ts";
import { type OpenSource, syncRelease } from "./sync.ts";

export interface PromoteOptions {
  model: string;
  /** Percent of the requests. @default all for the first release of a model, else the ramp's next step */
  weight?: number | undefined;
  /** 12 or 64 digits. @default what the source environment serves */
  release?: string | undefined;
  /** What is asked of it beside the incumbent, for this release alone. @default what the stack file asks */
  ask?: CompareConfig | undefined;
  compare: Compare;
  /** What the target's cluster serves and admitted. */
  live: Live;
  /** @default now */
  now?: Date;
}

export interface PromotionPlan {
  edits: readonly SlotEdit[];
  /** The stack file as it would be. */
  text: string;
  release: string;
  version: string;
  /** Whether the release was there, or had to be copied. */
  outcome: "there" | "copied";
  evidence: Evidence;
  /** One sentence for each thing that was judged. */
  verdicts: readonly string[];
}

/** The release is not good enough for the environment; the stack file stays as it is. */
export class RefusedError extends Error {
  readonly verdicts: readonly string[];
  constructor(name: string, environment: string, verdicts: readonly string[]) {
    super(
      `${name} is refused for ${environment}:\n${verdicts.map((one) => `  ${one}`).join("\n")}`,
    );
    this.name = "RefusedError";
    this.verdicts = verdicts;
  }
}

/**
 * Copies a release to an environment, judges it there, and plans the edit that gives it requests. What can be refused
 * without a registry is refused first.
 * @throws EditError where the stack file does not allow it
 * @throws RefusedError where a gate, the environment's `maxAge` or the incumbent stands against it
 */
export async function promote(
  options: PromoteOptions,
  source: Stack,
  target: Stack,
  place: TargetPlace,
  openSource: OpenSource,
): Promise<PromotionPlan> {
  const { model } = options;
  const wanted = modelOf(target, model);
  if (wanted.follow !== undefined) {
    throw new EditError(
      `${target.file}: ${model} follows training ${wanted.follow}, and such a slot is alone: ` +
        "name the release that blue serves instead",
    );
  }
  const from = source.environment;
  const release =
    options.release ?? (await servedRelease(modelOf(source, model), model, from, openSource));
  const weight = options.weight ?? impliedWeight(wanted.slots, release, wanted.ramp?.weights);
  // Refused before anything is copied, where the file alone forbids it.
  planPromotion(wanted.slots, { release, from, weight });

  const synced = await syncRelease({ model, release, from }, place, openSource);
  const { digest } = synced;
  const held = [wanted.slots.blue, wanted.slots.green].find(
    (slot) => slot !== undefined && isSameRelease(slot.release, digest),
  );
  const asked = options.ask ?? compareOf(held ?? { release: digest }, wanted);
  const { evidence } = await new ReleaseReader(place.objects, place.bucket).manifest(digest);
  const judged = await judgeCandidate(
    { model, digest, evidence, asked },
    {
      target,
      wanted,
      live: options.live,
      place,
      openSource: () => openSource(from),
      compare: options.compare,
      now: options.now ?? new Date(),
    },
  );
  const texts = judged.map(({ text }) => text);
  if (!judged.every(({ passed }) => passed)) {
    throw new RefusedError(`${model}@${shortDigest(digest)}`, target.environment, texts);
  }
  const isAskedApart =
    options.ask !== undefined && largestShare(wanted.slots, digest) !== undefined;
  const edits = planPromotion(wanted.slots, {
    release: shortDigest(digest),
    from,
    weight,
    compare: isAskedApart ? options.ask : undefined,
  });
  return {
    edits,
    text: editSlots(target.text, target.file, model, edits),
    release: digest,
    version: synced.version,
    outcome: synced.outcome,
    evidence,
    verdicts: texts,
  };
}

/** What an environment serves: the release with the most requests, or what its training made last. */
async function servedRelease(
  { slots, follow, gates }: StackModel,
  model: string,
  environment: string,
  openSource: OpenSource,
): Promise<string> {
  if (follow !== undefined) {
    // It brings Pulumi along, which refusing a mistyped name needs not.
    const { findRelease } = await import("../registry.ts");
    const { mlflow } = await openSource(environment);
    return (await findRelease(mlflow, model, { follow }, gates)).digest;
  }
  const served = largestShare(slots);
  if (served === undefined) {
    throw new EditError(`${environment} serves no release of ${model}: name one with --release`);
  }
  return served;
}

/** What edits come to, in words: "green 0 -> 10 %, release 81aa52c09e13". */
export function describeEdits(
  model: Pick<StackModel, "slots">,
  edits: readonly SlotEdit[],
): string[] {
  return edits.map(({ slot, release, weight }) => {
    const before = model.slots[slot];
    const has = before?.weight ?? 0;
    const share = weight === undefined || weight === has ? `${has} %` : `${has} -> ${weight} %`;
    return release === undefined ? `${slot} ${share}` : `${slot} ${share}, release ${release}`;
  });
}
