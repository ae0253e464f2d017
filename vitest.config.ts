import { defineConfig } from "vitest/config";
import { ByPath } from "./test/by-path.ts";
import { ClosingLine } from "./test/closing-line.ts";

const exclude = ["**/node_modules/**", "**/dist/**", "**/.isotherm*/**"];
const endToEnd = "**/*.e2e.test.ts";
const previews = "**/*.preview.test.ts";

export default defineConfig({
  test: {
    sequence: { sequencer: ByPath },
    reporters: ["default", new ClosingLine()],
    projects: [
      {
        test: {
          name: "unit",
          include: ["**/*.test.ts"],
          exclude: [...exclude, endToEnd, previews, "**/*.cluster.test.ts"],
          testTimeout: 60_000,
          sequence: { groupOrder: 0 },
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
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "end-to-end",
          include: [endToEnd],
          exclude,
          testTimeout: 3_600_000,
          hookTimeout: 3_600_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
          bail: 1,
        },
      },
    ],
  },
});
