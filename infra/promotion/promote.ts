import { describeVerdict, judge } from "../../contracts/gates.ts";
import type { Evidence } from "../../contracts/evidence.ts";
import { isSameRelease, shortDigest } from "../../contracts/release.ts";
import { ReleaseReader } from "../../contracts/release-store.ts";
import { compareOf, ruleOf } from "../comparison-rule.ts";
import type { CompareConfig } from "../model-schema.ts";
import { type Compare, heldAgainst } from "./comparisons.ts";
import { findVersion } from "./find-version.ts";
import type { SourcePlace, TargetPlace } from "./place.ts";
import { EditError, impliedWeight, incumbentOf, planPromotion, type SlotEdit } from "./slots.ts";
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
 * without a registry is refused first. Freshness is not asked of a release that the stack file serves already.
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
  const verdict = judge(evidence, wanted.gates);
  const age = ageVerdict(evidence, wanted, digest, options.now ?? new Date());
  const verdicts = [{ passed: verdict.passed, text: describeVerdict(verdict) }, ...age];
  if (verdicts.every(({ passed }) => passed)) {
    verdicts.push(
      ...(await comparisonVerdict(options, wanted, asked, digest, place, from, openSource)),
    );
  }
  const texts = verdicts.map(({ text }) => text);
  if (!verdicts.every(({ passed }) => passed)) {
    throw new RefusedError(`${model}@${shortDigest(digest)}`, target.environment, texts);
  }
  const isAskedApart = options.ask !== undefined && incumbentOf(wanted.slots, digest) !== undefined;
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
  const served = incumbentOf(slots, "none");
  if (served === undefined) {
    throw new EditError(`${environment} serves no release of ${model}: name one with --release`);
  }
  return served;
}

interface Judged {
  passed: boolean;
  text: string;
}

function ageVerdict(
  { trainedAt }: Evidence,
  { maxAgeSeconds, slots }: StackModel,
  digest: string,
  now: Date,
): Judged[] {
  if (maxAgeSeconds === undefined) return [];
  const isServed = [slots.blue, slots.green].some(
    (slot) => slot !== undefined && slot.weight > 0 && isSameRelease(slot.release, digest),
  );
  if (isServed) return [{ passed: true, text: "is served already, so its age is not asked again" }];
  const seconds = Math.round((now.getTime() - Date.parse(trainedAt)) / 1_000);
  const passed = seconds <= maxAgeSeconds;
  const word = passed ? "within" : "more than";
  return [
    { passed, text: `was trained ${seconds} s ago, ${word} the ${maxAgeSeconds} s of maxAge` },
  ];
}

async function comparisonVerdict(
  { model, compare }: PromoteOptions,
  { slots, gates }: StackModel,
  asked: CompareConfig,
  candidate: string,
  place: TargetPlace,
  from: string,
  openSource: OpenSource,
): Promise<Judged[]> {
  const named = incumbentOf(slots, candidate);
  if (named === undefined) return [{ passed: true, text: "there is no incumbent to compare with" }];
  const rule = ruleOf(gates, asked);
  if (rule === undefined || asked === "off") {
    return [{ passed: true, text: `was not compared with ${shortDigest(named)}, as it was asked` }];
  }
  const incumbent = (await findVersion(place.mlflow, model, named))?.digest;
  if (incumbent === undefined) {
    throw new EditError(
      `the incumbent ${model}@${shortDigest(named)} is not in the registry of ${place.environment}: ` +
        `run \`npm run releases -- sync --stack ${place.environment}\``,
    );
  }
  // A source that is gone keeps no comparison; one can still be made.
  const source: SourcePlace | undefined = await openSource(from).catch(() => undefined);
  const verdict = await heldAgainst({ candidate, incumbent }, rule, asked, place, source, compare);
  return [{ passed: verdict.passed, text: `beside ${shortDigest(incumbent)}: ${verdict.text}` }];
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
