import { servedBefore, type Serving } from "./history.ts";
import { EditError, planRollback, type SlotEdit, type WeightedSlot } from "./slots.ts";
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
 * @param to the slot to go back to, where somebody says so
 * @throws EditError where there is nothing to go back to, or it may be older than the model's `floor`
 */
export function rollBack(
  stack: Stack,
  model: string,
  history: readonly Serving[],
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
    floor,
  );
  return { edits, text: editSlots(stack.text, stack.file, model, edits) };
}
