import { isOlder } from "../../contracts/release-order.ts";
import type { Live } from "../live.ts";
import { liveManifest } from "../live-manifest.ts";
import type { WeightedSlot } from "../model-slots.ts";
import { servedBefore, type Serving } from "./history.ts";
import { EditError, planRollback, type SlotEdit } from "./slots.ts";
import { editSlots } from "./stack-file.ts";
import { modelOf, type Stack } from "./stacks.ts";

export interface Rollback {
  edits: readonly SlotEdit[];
  /** The stack file as it would be. */
  text: string;
}

/**
 * Plans the edit that gives all requests back to the release that served before. Nothing is judged: it was admitted.
 * @param history what the stack file gave requests to, oldest first
 * @param live what the environment keeps of the releases that it admitted, by which the floor is judged
 * @param to the slot to go back to, where somebody says so
 * @throws EditError where there is nothing to go back to, or it may be older than the model's `floor`
 */
export function rollBack(
  stack: Stack,
  model: string,
  history: readonly Serving[],
  live: Pick<Live, "records">,
  to?: WeightedSlot,
): Rollback {
  const { slots, follow, floor } = modelOf(stack, model);
  if (follow !== undefined) {
    throw new EditError(
      `${stack.file}: ${model} follows training ${follow}: name an older release in blue instead`,
    );
  }
  const edits = planRollback(
    slots,
    to,
    (one, another) => servedBefore(history, one, another),
    floor === undefined
      ? undefined
      : { release: floor, isOlder: (release) => isOlderHere(live, release, floor) },
  );
  return { edits, text: editSlots(stack.text, stack.file, model, edits) };
}

function isOlderHere(
  live: Pick<Live, "records">,
  release: string,
  floor: string,
): boolean | undefined {
  const [one, bound] = [liveManifest(live, release), liveManifest(live, floor)];
  return one === undefined || bound === undefined ? undefined : isOlder(one, bound);
}
