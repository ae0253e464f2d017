import { EditError } from "./slots.ts";
import type { StackModel } from "./stacks.ts";

/** Environments in the order in which a release goes through them. */
const order = ["dev", "staging", "prod"];

/**
 * The environment that a promotion takes its release from: the one that is named, else the one that the model's slots
 * came from, else the one before the target.
 * @throws EditError where none of these says it
 */
export function sourceOf(
  environment: string,
  { slots, shadow }: Pick<StackModel, "slots" | "shadow">,
  named?: string,
): string {
  const before = order[order.indexOf(environment) - 1];
  const froms = new Set([slots.green, slots.blue, shadow].flatMap((slot) => slot?.from ?? []));
  const source = named ?? (froms.size === 1 ? [...froms][0] : before);
  if (source === undefined) {
    throw new EditError(`which environment does it come from? Say --from <name>`);
  }
  if (source === environment) {
    throw new EditError(`--from: ${environment} is where it is to go`);
  }
  return source;
}
