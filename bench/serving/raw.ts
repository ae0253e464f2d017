import { fileURLToPath } from "node:url";
import { execa } from "execa";
import type { BenchModel } from "./models.ts";

const program = fileURLToPath(new URL("./peers/node/raw.ts", import.meta.url));

/** Rows a second of the runtime alone, in one thread on one core. */
export async function rawRows(
  { file, contract }: BenchModel,
  rows: number,
  core: string,
  seconds: number,
): Promise<number> {
  const width = contract.inputs[0]?.shape[1] ?? 1;
  const job = { file, rows, width, milliseconds: seconds * 1_000 };
  const { stdout } = await execa("taskset", ["-c", core, process.execPath, program], {
    input: JSON.stringify(job),
  });
  return (JSON.parse(stdout) as { rowsPerSecond: number }).rowsPerSecond;
}
