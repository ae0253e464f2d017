import { z } from "zod";
import { isSameRelease } from "../../contracts/release.ts";
import type { CompareConfig } from "../model-schema.ts";
import { otherSlot, type WeightedSlot } from "../model-slots.ts";

/** A slot that names its release. */
export interface PinnedSlot {
  /** 12 or 64 hexadecimal digits. */
  release: string;
  from?: string | undefined;
  /** What is asked of it beside the incumbent, where that is not what the model asks. */
  compare?: CompareConfig | undefined;
  /** Percent of the requests. */
  weight: number;
}

/** The slots of a model, as a stack file writes them. */
export interface Slots {
  blue?: PinnedSlot | undefined;
  green?: PinnedSlot | undefined;
}

/** What becomes of a slot; a key that is absent stays as it is. */
export interface SlotEdit {
  slot: WeightedSlot;
  release?: string;
  /** Undefined takes the key away. */
  from?: string | undefined;
  compare?: CompareConfig | undefined;
  weight?: number;
}

/** An edit that the stack file does not allow; nothing is written. */
export class EditError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "EditError";
  }
}

export const Weight = z.int().min(0).max(100);

/** Release to which a stack file gives the most requests, apart from one; of two that have as many, blue's. */
export function largestShare(slots: Slots, apart = ""): string | undefined {
  const [first] = entries(slots)
    .filter(([, slot]) => slot.weight > 0 && !isSameRelease(slot.release, apart))
    .sort(([, a], [, b]) => b.weight - a.weight);
  return first?.[1].release;
}

export interface Promotion {
  release: string;
  from: string;
  weight: number;
  /** What is asked of it beside the incumbent. @default what the model asks of every release */
  compare?: CompareConfig | undefined;
}

/**
 * The share that a promotion means where nobody says one: all for the first release of a model, what it has for one that has all,
 * else the ramp's next step.
 * @param ramp the shares that a new release has one after the other
 * @throws EditError where it is not plain
 */
export function impliedWeight(slots: Slots, release: string, ramp?: readonly number[]): number {
  const there = entries(slots);
  if (there.length === 0) return 100;
  const held = there.find(([, slot]) => isSameRelease(slot.release, release))?.[1].weight ?? 0;
  if (held === 100) return held;
  const next = ramp?.find((one) => one > held) ?? (ramp === undefined ? undefined : held);
  if (next !== undefined) return next;
  throw new EditError("--weight: how many percent of the requests? Another release has some");
}

/**
 * Gives a release a share of the requests, and the other slot the rest: in the slot that has the release already, else in
 * the slot that has no requests.
 * @returns the edits, none where the stack file says so already
 * @throws EditError where no slot is free, or a model's only slot would get less than all
 */
export function planPromotion(slots: Slots, promotion: Promotion): SlotEdit[] {
  const { release, from, weight, compare } = promotion;
  requireWeight(weight);
  requireSum(slots);
  const there = entries(slots);
  if (there.length === 0) {
    if (weight === 100) return [{ slot: "blue", release, from, weight }];
    throw new EditError("nothing is served yet, so the first release gets all: --weight 100");
  }
  const held = there.find(([, slot]) => isSameRelease(slot.release, release))?.[0];
  if (held !== undefined) {
    if (there.length === 1 && weight < 100) {
      throw new EditError(`${held} is the only slot, and serves ${release} already`);
    }
    return share(slots, held, weight);
  }
  const free = (["green", "blue"] as const).find((slot) => (slots[slot]?.weight ?? 0) === 0);
  if (free === undefined) {
    const shares = there.map(([slot, { weight: has }]) => `${slot} has ${has} %`);
    throw new EditError(
      `no slot is free: ${shares.join(", ")}, and a slot with requests keeps its release; ` +
        "finish or roll back that promotion first",
    );
  }
  const rest = weight === 0 ? [] : [{ slot: otherSlot[free], weight: 100 - weight }];
  // What was asked of the release before is not asked of this one.
  const isAsked = compare !== undefined || slots[free]?.compare !== undefined;
  return [...rest, { slot: free, release, from, ...(isAsked ? { compare } : {}), weight }];
}

export interface Floor {
  release: string;
  isOlder: (release: string) => boolean | undefined;
}

/** The way back of a model. */
export interface Back {
  /** The slot that gets all requests. */
  to: WeightedSlot;
  /** None where it has them already. */
  edits: readonly SlotEdit[];
}

/**
 * Gives all requests back to the release that served before.
 * @param to the slot to go back to, where somebody says so
 * @param isBefore whether one release served before another; undefined where nobody knows
 * @param floor the oldest release to go back to, and whether another is older: undefined where nobody knows
 * @throws EditError where there is nothing to go back to, nobody knows to which slot, or its release may be older than the
 * floor
 */
export function planRollback(
  slots: Slots,
  to: WeightedSlot | undefined,
  isBefore: (one: string, another: string) => boolean | undefined,
  floor?: Floor,
): Back {
  const { blue, green } = slots;
  if (blue === undefined || green === undefined) {
    throw new EditError("there is only one slot, so there is nothing to go back to");
  }
  requireSum(slots);
  const blueIsOlder = to === undefined ? isBefore(blue.release, green.release) : to === "blue";
  if (blueIsOlder === undefined) {
    throw new EditError(
      `which release served first, ${blue.release} in blue or ${green.release} in green? Neither what the cluster admitted nor ` +
        "the commits of the stack file say so: say `--to blue` or `--to green`",
    );
  }
  const target = blueIsOlder ? "blue" : "green";
  const { release } = target === "blue" ? blue : green;
  if (floor !== undefined && !isSameRelease(release, floor.release)) {
    const older = floor.isOlder(release);
    if (older !== false) {
      const reason =
        older === undefined
          ? `the cluster does not say whether release ${release} in ${target} is older than the floor ${floor.release}`
          : `release ${release} in ${target} was trained before the floor ${floor.release}`;
      throw new EditError(
        `${reason}: promote a newer release, or change \`floor\` in a reviewed edit`,
      );
    }
  }
  return { to: target, edits: share(slots, target, 100) };
}

/** Edits after which one slot has so many percent, and the other one the rest. */
function share(slots: Slots, slot: WeightedSlot, weight: number): SlotEdit[] {
  const wanted = { [slot]: weight, [otherSlot[slot]]: 100 - weight };
  return entries(slots).flatMap(([one, { weight: has }]): SlotEdit[] => {
    const gets = wanted[one] ?? 0;
    return gets === has ? [] : [{ slot: one, weight: gets }];
  });
}

function entries(slots: Slots): [WeightedSlot, PinnedSlot][] {
  return (["blue", "green"] as const).flatMap((name) => {
    const slot = slots[name];
    return slot === undefined ? [] : [[name, slot] as [WeightedSlot, PinnedSlot]];
  });
}

function requireWeight(weight: number): void {
  if (!Weight.safeParse(weight).success) {
    throw new EditError(`--weight: ${weight} is no whole number from 0 to 100`);
  }
}

function requireSum(slots: Slots): void {
  const all = entries(slots);
  const sum = all.reduce((total, [, slot]) => total + slot.weight, 0);
  if (all.length > 0 && sum !== 100) throw new EditError(`weights sum to ${sum}, must be 100`);
}
