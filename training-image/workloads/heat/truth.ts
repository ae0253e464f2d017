import type { FieldName } from "./problem/fields.ts";
import type { ForcingName } from "./problem/forcing.ts";
import { heatProblem } from "./problem/problem.ts";
import { type Reference, solveReference } from "./problem/reference.ts";

const solved = new Map<string, Reference>();

/** The reference temperatures of a diffusivity and a source; solved once a process, which takes seconds. */
export function referenceOf(choice: { field: FieldName; forcing: ForcingName }): Reference {
  const key = `${choice.field} ${choice.forcing}`;
  const known = solved.get(key);
  if (known !== undefined) return known;
  const reference = solveReference(heatProblem(choice));
  solved.set(key, reference);
  return reference;
}
