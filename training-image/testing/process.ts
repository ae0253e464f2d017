import { spawn } from "node:child_process";
import path from "node:path";

export interface Ended {
  code: number | null;
  /** Lines of the log. */
  lines: Record<string, unknown>[];
  /** All that was written. */
  text: string;
}

/** Starts a command of the bundle that lies in `app`, as a container would: with the environment it is given only. */
export function startBundle(
  app: string,
  words: readonly string[],
  environment: Record<string, string>,
) {
  const child = spawn(process.execPath, [path.join(app, "cli.js"), ...words], {
    cwd: app,
    env: { PATH: process.env["PATH"], ...environment },
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<Ended>((resolve) => {
    child.on("close", (code) => {
      const lines = stdout.split("\n").filter((line) => line.endsWith("}"));
      const parsed = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
      resolve({ code, lines: parsed, text: stdout + stderr });
    });
  });
  return { child, ended };
}
