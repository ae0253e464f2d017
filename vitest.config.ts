import { defineConfig } from "vitest/config";
import { ByPath } from "./test/by-path.ts";
import { CountTests } from "./test/closing-line.ts";

const exclude = ["**/node_modules/**", "**/dist/**", "**/.isotherm*/**"];
const endToEnd = "**/*.e2e.test.ts";
const soak = "**/*.soak.test.ts";
const previews = "**/*.preview.test.ts";
/** Suites that the end-to-end layer runs when its cluster is up. */
const onCluster = "**/*.cluster.test.ts";

export default defineConfig({
  test: {
    sequence: { sequencer: ByPath },
    reporters: ["default", new CountTests()],
    projects: [
      {
        test: {
          name: "unit",
          include: ["**/*.test.ts"],
          exclude: [...exclude, endToEnd, soak, previews, onCluster],
          testTimeout: 60_000,
          // By default one core stays idle, which of two is half.
          maxWorkers: "100%",
        },
      },
      {
        test: {
          name: "preview",
          include: [previews],
          exclude,
          testTimeout: 300_000,
          hookTimeout: 3_600_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "end-to-end",
          include: [endToEnd],
          exclude,
          globalSetup: ["test/e2e/teardown.ts"],
          testTimeout: 3_600_000,
          hookTimeout: 3_600_000,
          fileParallelism: false,
          bail: 1,
        },
      },
      {
        // What would take `npm test` beyond its time.
        test: {
          name: "soak",
          include: [soak],
          exclude,
          globalSetup: ["test/e2e/teardown.ts"],
          testTimeout: 3_600_000,
          hookTimeout: 3_600_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
