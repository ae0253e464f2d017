import { parse } from "yaml";
import type { WorkloadDeclaration } from "../../contracts/workload.ts";
import { ConfigError, parseConfig } from "../config.ts";
import { EditError } from "./slots.ts";
import type { Stack } from "./stacks.ts";

/**
 * Makes sure that the program takes the stack file as it would be. Mistakes that it has already are not this edit's.
 * @throws EditError with every mistake that the edit would make
 */
export function checkEdit(
  { file, text }: Pick<Stack, "file" | "text">,
  edited: string,
  declarations?: readonly WorkloadDeclaration[],
): void {
  const before = new Set(mistakes(text, declarations));
  const added = mistakes(edited, declarations).filter((mistake) => !before.has(mistake));
  if (added.length === 0) return;
  throw new EditError(
    `${file} would not be accepted, so it was not written:\n  ${added.join("\n  ")}`,
  );
}

function mistakes(
  text: string,
  declarations: readonly WorkloadDeclaration[] | undefined,
): string[] {
  const { config = {} } = (parse(text) ?? {}) as { config?: Record<string, unknown> };
  try {
    parseConfig(config, declarations);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
}
