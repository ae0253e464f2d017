import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { parseConfig, type StackConfig } from "../../infra/config.ts";
import { projectRoot, stackFile } from "../paths.ts";

const StackFile = z.object({ config: z.record(z.string(), z.unknown()).default({}) });

/**
 * Reads stack files as the program will, before anything is made.
 * @throws Error with every mistake of every file
 */
export function readStackFiles(names: readonly string[]): Record<string, StackConfig> {
  const configs: Record<string, StackConfig> = {};
  const problems: string[] = [];
  for (const name of names) {
    const file = stackFile(name);
    try {
      const { config } = StackFile.parse(parse(readFileSync(join(projectRoot, file), "utf8")));
      configs[name] = parseConfig(config);
    } catch (error) {
      problems.push(`${file}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return configs;
}
