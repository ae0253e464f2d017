import type { Live } from "./live.ts";

/** Digest of the release that has most of a model's requests now; of two that have as many, blue's. */
export function incumbentOf(
  live: Pick<Live, "slots" | "records">,
  model: string,
): string | undefined {
  const slots = live.slots.get(model);
  const [first] = (["blue", "green"] as const)
    .flatMap((slot) => slots?.get(slot) ?? [])
    .filter(({ weight, release }) => weight > 0 && release !== undefined)
    .sort((one, other) => other.weight - one.weight);
  const release = first?.release;
  // Of a release that somebody put there by hand the cluster may name the first digits only.
  const known = live.records.find(({ digest }) => release && digest?.startsWith(release));
  return known?.["digest"] ?? release;
}
