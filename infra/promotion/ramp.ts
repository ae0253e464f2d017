import type { Live } from "../live.ts";
import { describeMs, isNewcomer, rampState } from "../ramp.ts";
import { EditError, planPromotion, type SlotEdit } from "./slots.ts";
import { editSlots } from "./stack-file.ts";
import { modelOf, type Stack } from "./stacks.ts";

/** The next step of a ramp, or a sentence that says why there is none yet. */
export type RampPlan =
  { edits: readonly SlotEdit[]; text: string; wait?: undefined } | { wait: string };

/**
 * Plans the edit that takes the release which is on its way up to the ramp's next share.
 * @param live what the cluster holds: shares, since when, and which release was admitted when
 * @throws EditError where there is no ramp or no such release, or file and cluster differ
 */
export function planRamp(stack: Stack, model: string, live: Live, now: Date): RampPlan {
  const { slots, ramp } = modelOf(stack, model);
  if (ramp === undefined) {
    throw new EditError(
      `${stack.file}: ${model} has no \`ramp\`: write one, such as { weights: [10, 50, 100], bake: 1h }`,
    );
  }
  const slot = (["blue", "green"] as const).find((one) => {
    const held = slots[one];
    return held !== undefined && isNewcomer(live, model, one, held.release);
  });
  const held = slot && slots[slot];
  if (slot === undefined || held === undefined) {
    return { wait: `${model}: no release is on its way up` };
  }
  const { weight, next, leftMs } = rampState(ramp, live, model, slot, held.release, now);
  const name = `${model}: ${slot}, release ${held.release},`;
  if (held.weight !== weight) {
    throw new EditError(
      `${name} has ${held.weight} % in ${stack.file} and ${weight} % in the cluster: ` +
        `\`pulumi up --stack ${stack.environment}\` first`,
    );
  }
  if (next === undefined) return { wait: `${name} has all requests` };
  if (leftMs > 0) {
    const wait = `${name} keeps ${weight} % for another ${describeMs(leftMs)}; then it goes to ${next} %`;
    return { wait };
  }
  const { release, from = stack.environment } = held;
  const edits = planPromotion(slots, { release, from, weight: next });
  return { edits, text: editSlots(stack.text, stack.file, model, edits) };
}
