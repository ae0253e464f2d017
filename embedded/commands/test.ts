import { execa } from "execa";
import { projectRoot } from "../paths.ts";

const checks = [
  ["tsc", "--noEmit"],
  ["eslint", "."],
  ["prettier", "--check", "--log-level", "warn", "."],
];

/**
 * `npm test`: static checks, then every layer of tests. Arguments go to vitest, so that
 * `npm test -- --project unit` runs one layer.
 * @returns the exit status
 */
export async function runTests(vitestArguments: readonly string[]): Promise<number> {
  for (const [command = "", ...rest] of checks) {
    console.log(`> ${command} ${rest.join(" ")}`);
    const check = await execa(command, rest, { cwd: projectRoot, stdio: "inherit", reject: false });
    if (check.exitCode !== 0) return check.exitCode ?? 1;
  }
  const tests = await execa("vitest", ["run", ...vitestArguments], {
    cwd: projectRoot,
    stdio: "inherit",
    reject: false,
  });
  return tests.exitCode ?? 1;
}
