import { isSameRelease, shortDigest } from "../contracts/release.ts";
import { admittedAt } from "./admitted-at.ts";
import type { Live } from "./live.ts";
import type { ModelConfig, RampConfig } from "./model-schema.ts";
import type { WeightedSlot } from "./model-slots.ts";
import type { Problem } from "./problems.ts";

/** Where a release is on its way to all requests. */
export interface RampState {
  /** Percent of the requests now. */
  weight: number;
  /** The share that may come next; undefined at the end. */
  next: number | undefined;
  /** How long the present share still has to hold, in milliseconds; 0 where the next one may come. */
  leftMs: number;
}

/**
 * Where a slot's release is on the ramp by what the cluster holds. A share is held from when the route's rules were last
 * written, whoever wrote them; a release without requests has nothing to hold.
 */
export function rampState(
  { weights, bake }: RampConfig,
  live: Live,
  model: string,
  slot: WeightedSlot,
  release: string,
  now: Date,
): RampState {
  const held = live.slots.get(model)?.get(slot);
  const weight = held !== undefined && isSameRelease(held.release ?? "", release) ? held.weight : 0;
  const written = live.routes.http.get(model)?.writtenAt;
  const heldMs = written === undefined ? Infinity : now.getTime() - Date.parse(written);
  const leftMs = weight === 0 ? 0 : Math.max(0, bake * 1_000 - heldMs);
  return { weight, next: weights.find((one) => one > weight), leftMs };
}

/**
 * Whether a release that gets more requests is on its way up for the first time: every other one that has requests was
 * admitted before it. Where one was admitted after it, this is the way back, which no ramp holds up.
 */
export function isNewcomer(
  live: Live,
  model: string,
  slot: WeightedSlot,
  release: string,
): boolean {
  const others = [...(live.slots.get(model) ?? [])].filter(
    ([name, held]) =>
      name !== slot && held.weight > 0 && !isSameRelease(held.release ?? "", release),
  );
  // One that the environment did not admit yet comes last.
  const admitted = (one = "") => admittedAt(live, one) ?? Infinity;
  const own = admitted(release);
  return others.length > 0 && others.every(([, held]) => admitted(held.release) < own);
}

/** Finds weights that rise otherwise than the model's ramp says, by what is live. */
export function checkRamps(
  models: Readonly<Record<string, ModelConfig>>,
  live: Live,
  now: Date,
): Problem[] {
  return Object.entries(models).flatMap(([model, { ramp, ...wanted }]) =>
    (["blue", "green"] as const).flatMap((slot): Problem[] => {
      const config = wanted[slot];
      if (ramp === undefined || config === undefined || "follow" in config) return [];
      const { weight, next, leftMs } = rampState(ramp, live, model, slot, config.release, now);
      if (config.weight <= weight || !isNewcomer(live, model, slot, config.release)) return [];
      const path = `isotherm:models.${model}.${slot}.weight`;
      if (config.weight !== next) {
        const steps = ramp.weights.join(", ");
        const message = `by the ramp (${steps}) ${slot} goes from ${weight} to ${next} %, not to ${config.weight}`;
        return [{ path, message }];
      }
      if (leftMs === 0) return [];
      const message =
        `${slot} keeps ${weight} % for another ${describeMs(leftMs)}: by the ramp release ` +
        `"${shortDigest(config.release)}" then goes to ${next} %`;
      return [{ path, message }];
    }),
  );
}

/** "2 d 3 h", "1 h 5 min", "40 s": the two largest parts, rounded up. */
export function describeMs(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  const parts: [number, string][] = [
    [Math.floor(minutes / 1_440), "d"],
    [Math.floor(minutes / 60) % 24, "h"],
    [minutes % 60, "min"],
  ];
  const shown = parts.filter(([amount]) => amount > 0).slice(0, 2);
  return shown.map(([amount, unit]) => `${amount} ${unit}`).join(" ");
}
