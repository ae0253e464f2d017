import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, type Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { execa } from "execa";
import { closingLine, countsVariable, type TestCounts } from "../../test/closing-line.ts";
import { projectRoot } from "../paths.ts";

/** Two lists, side by side: each takes about as long as the other. */
const checks = [
  [
    ["tsc", "--noEmit"],
    ["prettier", "--check", "--log-level", "warn", "."],
  ],
  [["eslint", "."]],
];

/**
 * Two lanes, side by side: one waits for processors, the other mostly for a cluster. A story is not told on once a chapter
 * has failed.
 */
const quickLane = [
  ["--project", "unit"],
  ["--project", "preview"],
];
const clusterLane = [["--project", "end-to-end *", "--bail", "1"]];

/** As much of the cluster lane's output as can wait for its turn to be shown. */
const heldBytes = 64 * 1024 * 1024;

/**
 * `npm test`: static checks and every layer of tests. The last line tells the counts.
 * Arguments go to vitest instead, so that `npm test -- infra` runs the tests of one folder.
 * @returns the exit status
 */
export async function runTests(vitestArguments: readonly string[]): Promise<number> {
  if (vitestArguments.length > 0) return (await vitest(vitestArguments)).exitCode;
  const total: TestCounts = { passed: 0, failed: 0, skipped: 0, skippedNames: [] };
  const status = await runLayers(total);
  if (status !== 0 && total.failed === 0) total.failed = 1;
  for (const name of total.skippedNames) console.log(`skipped: ${name}`);
  console.log(`\n${closingLine(total)}`);
  return status;
}

async function staticChecks(): Promise<number> {
  const statuses = await Promise.all(checks.map(inTurn));
  return statuses.find((status) => status !== 0) ?? 0;
}

/** Output of a check is shown when it has ended, so that two do not mix. */
async function inTurn(commands: readonly string[][]): Promise<number> {
  for (const [command = "", ...rest] of commands) {
    const check = await execa(command, rest, {
      cwd: projectRoot,
      stdin: "ignore",
      all: true,
      reject: false,
    });
    console.log(`> ${command} ${rest.join(" ")}\n${check.all}`.trimEnd());
    if (check.exitCode !== 0) return check.exitCode ?? 1;
  }
  return 0;
}

async function runLayers(total: TestCounts): Promise<number> {
  const held = new PassThrough({ highWaterMark: heldBytes });
  const statuses = await Promise.all([
    quickChecks(total).finally(() => held.pipe(process.stdout, { end: false })),
    runLane(clusterLane, total, held),
  ]);
  held.end();
  await finished(held);
  return statuses.find((status) => status !== 0) ?? 0;
}

async function quickChecks(total: TestCounts): Promise<number> {
  return (await staticChecks()) || runLane(quickLane, total);
}

/** Runs layers up to the first that fails. */
async function runLane(
  layers: readonly string[][],
  total: TestCounts,
  output?: Writable,
): Promise<number> {
  for (const layer of layers) {
    const heading = `> vitest ${layer.join(" ")}\n`;
    (output ?? process.stdout).write(heading);
    const { exitCode, counts } = await vitest(layer, output);
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.skipped += counts.skipped;
    total.skippedNames.push(...counts.skippedNames);
    if (exitCode !== 0) return exitCode;
  }
  return 0;
}

/** @param output where to write instead of this process's own output */
async function vitest(
  args: readonly string[],
  output?: Writable,
): Promise<{ exitCode: number; counts: TestCounts }> {
  const folder = mkdtempSync(join(tmpdir(), "isotherm-test-"));
  const file = join(folder, "counts.json");
  const options = { cwd: projectRoot, env: { [countsVariable]: file }, reject: false } as const;
  try {
    let run;
    if (output === undefined) {
      run = await execa("vitest", ["run", ...args], { ...options, stdio: "inherit" });
    } else {
      const child = execa("vitest", ["run", ...args], {
        ...options,
        stdin: "ignore",
        all: true,
        buffer: false,
      });
      child.all.pipe(output, { end: false });
      run = await child;
    }
    return { exitCode: run.exitCode ?? 1, counts: readCounts(file) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A run that ended before it could count has failed. */
function readCounts(file: string): TestCounts {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as TestCounts;
  } catch {
    return { passed: 0, failed: 1, skipped: 0, skippedNames: [] };
  }
}
