import type { Slot } from "../contracts/serving-config.ts";
import type { ModelConfig } from "./model-schema.ts";
import type { Wish } from "./registry.ts";
import type { Share } from "./traffic-words.ts";

/** A slot that may have requests. */
export type WeightedSlot = Exclude<Slot, "shadow">;

export const otherSlot = { blue: "green", green: "blue" } as const satisfies Record<
  WeightedSlot,
  WeightedSlot
>;

/** A slot as the stack file writes it. */
export interface WantedSlot {
  slot: Slot;
  wish: Wish;
  share: Share;
}

/** The slots of a model, the shadow included. */
export function slotsOf({ blue, green, shadow }: ModelConfig): WantedSlot[] {
  return [
    ...(blue === undefined ? [] : [{ slot: "blue" as const, wish: blue, share: blue }]),
    ...(green === undefined ? [] : [{ slot: "green" as const, wish: green, share: green }]),
    ...(shadow === undefined ? [] : [{ slot: "shadow" as const, wish: shadow, share: shadow }]),
  ];
}

/** Percent of the requests; a shadow, which has copies only, comes after all others. */
export function requestsOf(share: Share): number {
  return "weight" in share ? share.weight : -1;
}
