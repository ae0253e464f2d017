import { z } from "zod";
import { CompareDraft } from "./compare-references.ts";
import type { ReferenceProblem } from "./reference-problem.ts";

/** A weight that is none is a mistake of its own; here it makes the sum one that nobody can judge. */
const weight = z.number().catch(Number.NaN);
const text = z.string().optional().catch(undefined);

/** As much of a model's slots as can be compared, whatever else is wrong in them. */
export const SlotsDraft = {
  blue: z
    .object({ follow: text, weight: weight.default(100), compare: CompareDraft })
    .optional()
    .catch({ weight: Number.NaN }),
  green: z
    .object({ weight: weight.default(0), compare: CompareDraft })
    .optional()
    .catch({ weight: Number.NaN }),
  shadow: z.unknown().optional(),
  ramp: z.unknown().optional(),
};
type SlotsDraft = z.infer<z.ZodObject<typeof SlotsDraft>>;

/** Finds what the slots of a model are together, and no one of them by itself. */
export function checkSlots(path: readonly string[], slots: SlotsDraft): ReferenceProblem[] {
  const { blue, green, shadow, ramp } = slots;
  // A model without any slot is one that nothing was promoted to yet.
  if (blue === undefined && green === undefined) {
    const message = "copies the requests of a slot: `blue` or `green` is needed beside it";
    return shadow === undefined ? [] : [{ path: [...path, "shadow"], message }];
  }
  if (blue?.follow !== undefined) {
    const beside = Object.entries({ green, shadow }).filter(([, slot]) => slot !== undefined);
    const follows = `blue follows training "${blue.follow}", and such a slot`;
    const alone = beside.map(([slot]) => ({
      path: [...path, slot],
      message: `${follows} is alone: name the release that blue serves, to put another one beside it`,
    }));
    const atOnce = { path: [...path, "ramp"], message: `${follows} has all requests at once` };
    return ramp === undefined ? alone : [...alone, atOnce];
  }
  const weights = [blue, green].flatMap((slot) => (slot === undefined ? [] : [slot.weight]));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  if (!Number.isInteger(sum) || sum === 100) return [];
  return [{ path, message: `weights sum to ${sum}, must be 100` }];
}
