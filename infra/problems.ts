import type { z } from "zod";

/** One mistake in a stack file. */
export interface Problem {
  /** Where, as people write it: `isotherm:models.wine.gates[0].metric`. */
  path: string;
  /** What is wrong, and what would be right. */
  message: string;
}

export const namespace = "isotherm:";

/** What zod found wrong, in a stack file's own words. */
export function describeIssue(issue: z.core.$ZodIssue): Problem[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      path: describePath([...issue.path, key]),
      message: "unknown key",
    }));
  }
  if (
    issue.code === "invalid_type" &&
    issue.input === undefined &&
    /received undefined/.test(issue.message)
  ) {
    return [{ path: describePath(issue.path), message: `is missing (${issue.expected})` }];
  }
  if (issue.code === "invalid_union") {
    // Of several shapes, the one whose keys are there is the one that was meant.
    const meant = issue.errors.filter((branch) => branch.every(({ path }) => path.length > 0));
    const [only, ...others] = meant;
    if (only !== undefined && others.length === 0) {
      return only.flatMap((inner) =>
        describeIssue({ ...inner, path: [...issue.path, ...inner.path] }),
      );
    }
  }
  if (issue.code === "invalid_key") {
    const reasons = issue.issues.map((inner) => inner.message).join("; ");
    return [{ path: describePath(issue.path), message: `not a name: ${reasons}` }];
  }
  return [{ path: describePath(issue.path), message: issue.message }];
}

/** `["models", "wine", "gates", 0]` reads `isotherm:models.wine.gates[0]`. */
export function describePath(path: readonly PropertyKey[]): string {
  const parts = path.map((part, index) =>
    typeof part === "number" ? `[${part}]` : `${index === 0 ? "" : "."}${String(part)}`,
  );
  return `${namespace}${parts.join("")}`;
}
