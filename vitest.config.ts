import { defineConfig } from "vitest/config";
import { ByPath } from "./test/by-path.ts";
import { CountTests } from "./test/closing-line.ts";

const exclude = ["**/node_modules/**", "**/dist/**", "**/.isotherm*/**"];
const endToEnd = "**/*.e2e.test.ts";
/** The end-to-end story: its chapters run one after the other, the files of one side by side. */
const chapters = [1, 2, 3, 4, 5, 6, 7].map((chapter) => ({
  test: {
    name: `end-to-end ${chapter}`,
    include: [`test/e2e/${chapter}-*.e2e.test.ts`],
    exclude,
    ...(chapter === 1 ? { globalSetup: ["test/e2e/teardown.ts"] } : {}),
    testTimeout: 3_600_000,
    hookTimeout: 3_600_000,
    maxWorkers: 2,
    sequence: { groupOrder: chapter },
  },
}));
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
          // These only end what hangs. On a busy machine a bundle or the start of a server takes more than a minute.
          testTimeout: 180_000,
          hookTimeout: 180_000,
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
      ...chapters,
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
