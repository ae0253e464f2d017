import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cache } from "../paths.ts";
import type { Report } from "../report.ts";
import { ensureEntry } from "./entry.ts";
import { recipeHash } from "./recipe.ts";

const name = "pulumi-analyzer-policy";

/** The CLI starts this in the policy pack's folder, whose dependencies hold the runner. */
const script = `#!/bin/sh
runner=$(node -p 'require.resolve("@pulumi/pulumi/cmd/run-policy-pack")') || exit 1
exec node "$runner" "$@"
`;

/** Writes the program that runs policy packs, which official distributions carry. Returns the folder to put on PATH. */
export async function ensurePolicyHost(report: Report): Promise<string> {
  const entry = {
    folder: join(cache, "tools", `${name}-${recipeHash({ script })}`),
    name,
    build: async (folder: string) => {
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, name), script);
      await chmod(join(folder, name), 0o755);
    },
  };
  return ensureEntry(entry, report);
}
