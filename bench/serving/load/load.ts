import { fileURLToPath } from "node:url";
import { execa } from "execa";
import type { LoadJob, LoadResult } from "./job.ts";

const program = fileURLToPath(new URL("./generate.ts", import.meta.url));

/** One block of load from a process of its own, on a core of its own. @param core as `taskset -c` takes it */
export async function load(job: LoadJob, core: string): Promise<LoadResult> {
  const { stdout } = await execa("taskset", ["-c", core, process.execPath, program], {
    input: JSON.stringify(job),
  });
  return JSON.parse(stdout) as LoadResult;
}
