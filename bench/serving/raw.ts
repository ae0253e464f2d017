import { fileURLToPath } from "node:url";
import { execa } from "execa";
import type { BenchModel } from "./models.ts";

const program = fileURLToPath(new URL("./peers/node/raw.ts", import.meta.url));

export interface Raw {
  rowsPerSecond: number;
  /** CPU milliseconds a row. */
  cpu: number;
}

/** What the runtime alone does in one thread on one core. */
export async function rawRows(
  { file, contract }: BenchModel,
  rows: number,
  core: string,
  seconds: number,
): Promise<Raw> {
  const width = contract.inputs[0]?.shape[1] ?? 1;
  const job = { file, rows, width, milliseconds: seconds * 1_000 };
  const { stdout } = await execa("taskset", ["-c", core, process.execPath, program], {
    input: JSON.stringify(job),
  });
  return JSON.parse(stdout) as Raw;
}
