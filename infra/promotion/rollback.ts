import { isOlder } from "../../contracts/release-order.ts";
import { admittedBefore } from "../admitted-at.ts";
import { describeHold, liftCommand } from "../holds.ts";
import { holdOn, type Live } from "../live.ts";
import { liveManifest } from "../live-manifest.ts";
import { otherSlot, type WeightedSlot } from "../model-slots.ts";
import { servedBefore, type Serving } from "./history.ts";
import { EditError, planRollback, type SlotEdit } from "./slots.ts";
import { editSlots } from "./stack-file.ts";
import { modelOf, type Stack } from "./stacks.ts";

export interface Rollback {
  edits: readonly SlotEdit[];
  /** The stack file as it would be. */
  text: string;
  /** A sentence for people: where the requests go, and why there. */
  reason: string;
}

/** What is known of the releases beside the stack file. */
export interface Known {
  /** What the environment keeps of the releases that it admitted, and which are on hold. */
  live: Pick<Live, "records" | "holds">;
  /** What the stack file gave requests to, oldest first; asked where the cluster does not say what came first. */
  history: () => readonly Serving[];
}

/**
 * Plans the edit that gives all requests back to the release that served before: the one that the environment admitted first,
 * else the one that had requests first by git. Nothing is judged: it was admitted.
 * @param to the slot to go back to, where somebody says so
 * @throws EditError where there is nothing to go back to, nobody knows what served before, or that is on hold or may be older
 * than the model's `floor`
 */
export function rollBack(
  stack: Stack,
  model: string,
  { live, history }: Known,
  to?: WeightedSlot,
): Rollback {
  const { slots, follow, floor } = modelOf(stack, model);
  if (follow !== undefined) {
    throw new EditError(
      `${stack.file}: ${model} follows training ${follow}: name an older release in blue instead`,
    );
  }
  let reason = "as it was asked";
  const isBefore = (one: string, another: string) => {
    const admitted = admittedBefore(live, one, another);
    reason =
      admitted === undefined
        ? `by the commits of ${stack.file} it had requests first`
        : "the environment admitted it first";
    return admitted ?? servedBefore(history(), one, another);
  };
  const back = planRollback(
    slots,
    to,
    isBefore,
    floor === undefined
      ? undefined
      : { release: floor, isOlder: (release) => isOlderHere(live, release, floor) },
  );
  const release = slots[back.to]?.release ?? "";
  const hold = holdOn(live, model, release);
  if (hold !== undefined) {
    throw new EditError(
      `${back.to}: ${describeHold(hold)}. Promote another release, or ` +
        liftCommand(stack.environment, hold),
    );
  }
  const left = otherSlot[back.to];
  const than = `${left}, release ${slots[left]?.release}`;
  return {
    edits: back.edits,
    text: editSlots(stack.text, stack.file, model, back.edits),
    reason:
      back.edits.length === 0
        ? `${back.to}, release ${release}, has all requests: ${reason}; \`--to ${left}\` gives them to ${than}`
        : `from ${than} to ${back.to}, release ${release}: ${reason}`,
  };
}

function isOlderHere(
  live: Pick<Live, "records">,
  release: string,
  floor: string,
): boolean | undefined {
  const [one, bound] = [liveManifest(live, release), liveManifest(live, floor)];
  return one === undefined || bound === undefined ? undefined : isOlder(one, bound);
}
