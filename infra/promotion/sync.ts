import { shortDigest } from "../../contracts/release.ts";
import { copyRelease, wholeVersion } from "./copy-release.ts";
import { findVersion } from "./find-version.ts";
import type { SourcePlace, TargetPlace } from "./place.ts";
import { allModels, type Stack } from "./stacks.ts";

/** A release that a stack file names. */
export interface NamedSlot {
  model: string;
  slot: "blue" | "green" | "shadow";
  /** 12 or 64 hexadecimal digits. */
  release: string;
  from: string | undefined;
}

export interface Synced extends NamedSlot {
  outcome: "there" | "copied" | "failed";
  /** The registry's own number of it. */
  version?: string;
  /** Why it failed. */
  reason?: string;
}

/** Opens the registry of another environment; the same one each time it is asked. */
export type OpenSource = (environment: string) => Promise<SourcePlace>;

/** The releases that a stack file names, slot by slot. */
export function namedSlots(stack: Stack): NamedSlot[] {
  return [...allModels(stack)].flatMap(([model, { slots, shadow }]) =>
    Object.entries({ ...slots, shadow }).flatMap(([slot, held]): NamedSlot[] =>
      held === undefined
        ? []
        : [{ model, slot: slot as NamedSlot["slot"], release: held.release, from: held.from }],
    ),
  );
}

/**
 * Copies what a stack file names and its environment's registry does not hold whole. One that cannot be copied does not
 * keep the others back.
 */
export async function syncReleases(
  wanted: readonly NamedSlot[],
  target: TargetPlace,
  openSource: OpenSource,
): Promise<Synced[]> {
  const results: Synced[] = [];
  for (const one of wanted) {
    try {
      results.push({ ...one, ...(await syncRelease(one, target, openSource)) });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      results.push({ ...one, outcome: "failed", reason });
    }
  }
  return results;
}

export interface SyncedRelease {
  outcome: "there" | "copied";
  version: string;
  /** All 64 digits. */
  digest: string;
}

/**
 * Copies one release, unless it is there and whole: then the environment it came from is not asked.
 * @throws Error where it is nowhere, or cannot be copied
 */
export async function syncRelease(
  { model, release, from }: Omit<NamedSlot, "slot">,
  target: TargetPlace,
  openSource: OpenSource,
): Promise<SyncedRelease> {
  const held = await findVersion(target.mlflow, model, release);
  if (held !== undefined) {
    const { digest } = held;
    const version = await wholeVersion(target, { model, digest });
    if (version !== undefined) return { outcome: "there", version: version.version, digest };
  }
  const name = `${model}@${shortDigest(release)}`;
  if (from === undefined) {
    throw new Error(
      `${name} is not in the registry of ${target.environment}, and the slot does not say which environment ` +
        "it comes `from`",
    );
  }
  if (from === target.environment) {
    throw new Error(`${name} says that it comes \`from\` ${from}, which is this environment`);
  }
  const source = await openSource(from);
  const found = await findVersion(source.mlflow, model, release);
  if (found === undefined) throw new Error(`${name} is not in the registry of ${from}`);
  const { digest } = found;
  const { version } = await copyRelease(source, target, { model, digest });
  return { outcome: "copied", version, digest };
}
