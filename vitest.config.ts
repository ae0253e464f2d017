import { defineConfig } from "vitest/config";

const exclude = ["**/node_modules/**", "**/dist/**", "**/.isotherm*/**"];

export default defineConfig({
  test: {
    reporters: ["default"],
    projects: [
      {
        test: {
          name: "unit",
          include: ["**/*.test.ts"],
          exclude: [...exclude, "**/*.cluster.test.ts", "test/preview/**", "test/e2e/**"],
          testTimeout: 30_000,
        },
      },
    ],
  },
});
