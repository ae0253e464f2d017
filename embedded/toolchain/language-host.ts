import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cache } from "../paths.ts";
import type { Report } from "../report.ts";
import { ensureEntry } from "./entry.ts";
import { ensureGoTool } from "./go.ts";
import { recipeHash } from "./recipe.ts";

const name = "pulumi-language-nodejs";

/**
 * The CLI tells a language host the project's options in its first request. The host that can be built from Go modules
 * is older and wants them as flags, so this stands before it and reads the one option that our programs set.
 */
function script(host: string): string {
  return `#!/bin/sh
if grep -qs '^ *typescript: *false *$' Pulumi.yaml; then
  exec '${host}' -typescript=false "$@"
fi
exec '${host}' "$@"
`;
}

/** Builds the Node.js language host. Returns the folder to put on PATH. */
export async function ensureLanguageHost(report: Report): Promise<string> {
  const text = script(join(await ensureGoTool(name, report), "bin", name));
  const entry = {
    folder: join(cache, "tools", `${name}-options-${recipeHash({ text })}`),
    name: `${name} options`,
    build: async (folder: string) => {
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, name), text);
      await chmod(join(folder, name), 0o755);
    },
  };
  return ensureEntry(entry, report);
}
