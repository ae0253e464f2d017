import { writeFileSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";

/** What came of a run of tests. */
export interface TestCounts {
  passed: number;
  failed: number;
  skipped: number;
  /** Full names of what was skipped. */
  skippedNames: string[];
}

/** Variable that names the file a run's counts are written to, for a command that adds several runs up. */
export const countsVariable = "ISOTHERM_TEST_COUNTS";

/** The one line that closes a test run, for people and machines alike. */
export function closingLine({ passed, failed, skipped }: TestCounts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** Counts what came of every test, a file or a hook that failed outside of tests included. */
export class CountTests implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const counts: TestCounts = {
      passed: 0,
      failed: unhandledErrors.length,
      skipped: 0,
      skippedNames: [],
    };
    for (const module of modules) {
      counts.failed += module.errors().length;
      for (const suite of module.children.allSuites()) counts.failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "passed" || state === "failed") counts[state]++;
        else {
          counts.skipped++;
          counts.skippedNames.push(test.fullName);
        }
      }
    }
    const file = process.env[countsVariable];
    if (file !== undefined) writeFileSync(file, JSON.stringify(counts));
    else process.on("exit", () => console.log(`\n${closingLine(counts)}`));
  }
}
