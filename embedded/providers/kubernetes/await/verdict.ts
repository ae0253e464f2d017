import type { Properties } from "../../shared/values.ts";
import { objectsAt, textAt } from "../../shared/values.ts";

/** What looking at an object says about whether it is ready. */
export interface Verdict {
  readonly ready: boolean;
  /** What is being waited for. */
  readonly message: string;
  /** Set when the object will not become ready any more: why. */
  readonly failure?: string;
}

export const ready: Verdict = { ready: true, message: "" };

export function waiting(message: string): Verdict {
  return { ready: false, message };
}

export function failed(failure: string): Verdict {
  return { ready: false, message: failure, failure };
}

/** The status condition of a type, if the object has it. */
export function condition(object: Properties, type: string): Properties | undefined {
  return objectsAt(object, "status", "conditions").find((entry) => entry["type"] === type);
}

export function conditionIs(object: Properties, type: string, status: string): boolean {
  return textAt(condition(object, type), "status") === status;
}

/** `reason: message` of a condition, whichever of the two there is. */
export function explain(entry: Properties | undefined): string {
  return [textAt(entry, "reason"), textAt(entry, "message")]
    .filter((part) => part !== "")
    .join(": ");
}
