import { readdir, readFile, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { cache } from "../../embedded/paths.ts";
import { run } from "../../embedded/toolchain/command.ts";
import { ensureEntry } from "../../embedded/toolchain/entry.ts";
import { ensurePython, installWheels } from "../../embedded/toolchain/python.ts";
import { recipeHash } from "../../embedded/toolchain/recipe.ts";

/** A Python with scikit-learn and skl2onnx, apart from everything else on the machine. */
export interface ScikitLearn {
  python: string;
  /** To be put beside a process's own variables. */
  environment: Record<string, string>;
}

/** Finds or makes it in the cache; only tests need it. @throws Error where Python is older than 3.11 */
export async function ensureScikitLearn(): Promise<ScikitLearn> {
  const requirements = join(import.meta.dirname, "requirements.txt");
  const report = () => {};
  const python = await ensurePython(report);
  const version = await run(python, ["-c", "import sys; print('%d.%d' % sys.version_info[:2])"]);
  const recipe = {
    requirements: await readFile(requirements, "utf8"),
    python: version,
    trimmed: 1,
  };
  const folder = await ensureEntry(
    {
      folder: join(cache, "tools", `scikit-learn-${recipeHash(recipe)}`),
      name: "scikit-learn",
      async build(target) {
        await installWheels(requirements, target, report, "machine");
        for (const unused of await testFolders(target)) {
          await rm(unused, { recursive: true, force: true });
        }
      },
    },
    report,
  );
  const environment = {
    PYTHONPATH: folder,
    PYTHONNOUSERSITE: "1",
    PYTHONDONTWRITEBYTECODE: "1",
    OMP_NUM_THREADS: "1",
  };
  return { python, environment };
}

/** Half of all files are the packages' own tests; NumPy imports a part of its own. */
async function testFolders(target: string): Promise<string[]> {
  const entries = await readdir(target, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && /^tests?$/.test(entry.name))
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((folder) => !relative(target, folder).startsWith("numpy"));
}
