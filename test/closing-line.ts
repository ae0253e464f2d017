import type { Reporter, TestModule } from "vitest/node";

/** Ends a test run with one line that people and machines read alike. */
export class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    const skipped: string[] = [];
    for (const module of modules) {
      if (module.errors().length > 0) counts.failed++;
      // A hook that fails takes its suite's tests with it: they count as skipped, it must not.
      for (const suite of module.children.allSuites())
        if (suite.errors().length > 0) counts.failed++;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        counts[state === "passed" || state === "failed" ? state : "skipped"]++;
        if (state !== "passed" && state !== "failed") skipped.push(test.fullName);
      }
    }
    // The default reporter prints its summary in the same turn; this line closes the output.
    process.on("exit", () => {
      for (const name of skipped) console.log(`skipped: ${name}`);
      console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
    });
  }
}
