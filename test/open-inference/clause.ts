import type { Target } from "./target.ts";

/**
 * How binding a clause is: `required` by the text of the specification, or `expected` of a careful server where the text
 * leaves a choice, such as 4xx and not 5xx for a client's fault.
 */
export type Level = "required" | "expected";

/** One checkable statement of the specification. */
export interface Clause {
  /** The specification's section in kebab case, and a word for the statement. */
  id: string;
  level: Level;
  /** The behaviour, as a sentence. */
  title: string;
  /** @throws Failed with what was seen instead, Skipped where the target has no such thing */
  check(target: Target): Promise<void>;
}

/** What was seen instead of what the clause says. */
export class Failed extends Error {
  constructor(message: string) {
    super(message);
    this.name = "Failed";
  }
}

/** Why a clause says nothing about this target. */
export class Skipped extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = "Skipped";
  }
}

/** @throws Failed unless the condition holds */
export function demand(condition: boolean, seen: string): asserts condition {
  if (!condition) throw new Failed(seen);
}
