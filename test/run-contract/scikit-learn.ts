import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { installScikitLearn, requirements } from "../../embedded/images/scikit-learn.ts";
import { cache } from "../../embedded/paths.ts";
import { run } from "../../embedded/toolchain/command.ts";
import { ensureEntry } from "../../embedded/toolchain/entry.ts";
import { ensurePython } from "../../embedded/toolchain/python.ts";
import { recipeHash } from "../../embedded/toolchain/recipe.ts";

/** A Python with scikit-learn and skl2onnx, apart from everything else on the machine. */
export interface ScikitLearn {
  python: string;
  /** To be put beside a process's own variables. */
  environment: Record<string, string>;
}

/** Finds or makes it in the cache; only tests need it. @throws Error where Python is older than 3.11 */
export async function ensureScikitLearn(): Promise<ScikitLearn> {
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
      build: (target) => installScikitLearn(target, report, "machine"),
    },
    report,
  );
  const environment = {
    PYTHONPATH: folder,
    PYTHONNOUSERSITE: "1",
    // Compiled once and not by every process; beside the packages, which nothing may change.
    PYTHONPYCACHEPREFIX: join(cache, "bytecode"),
    OMP_NUM_THREADS: "1",
  };
  return { python, environment };
}
