import { type Clause, Failed, type Level, Skipped } from "./clause.ts";
import type { Target } from "./target.ts";

/** What came of one clause. */
export interface Result {
  id: string;
  level: Level;
  title: string;
  outcome: "pass" | "fail" | "skip";
  /** What was seen where it fails, why where it is skipped. */
  note: string;
}

/** Checks clauses one after another, so that a fault of one request is seen by its own clause. */
export async function runClauses(
  clauses: readonly Clause[],
  target: Target,
  tell: (result: Result) => void = () => {},
): Promise<Result[]> {
  const results: Result[] = [];
  for (const clause of clauses) {
    const result = await runClause(clause, target);
    tell(result);
    results.push(result);
  }
  return results;
}

async function runClause({ id, level, title, check }: Clause, target: Target): Promise<Result> {
  try {
    await check(target);
    return { id, level, title, outcome: "pass", note: "" };
  } catch (error) {
    const known = error instanceof Failed || error instanceof Skipped;
    if (!known) throw error;
    const outcome = error instanceof Skipped ? "skip" : "fail";
    return { id, level, title, outcome, note: error.message };
  }
}
