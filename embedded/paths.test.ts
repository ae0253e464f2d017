import { homedir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.resetModules();
});

/** The paths as a process with these variables sees them. */
async function pathsWith(variables: Readonly<Record<string, string | undefined>>) {
  vi.resetModules();
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  return import("./paths.ts");
}

describe("paths", () => {
  it("takes a relative ISOTHERM_HOME from the root of the checkout, wherever it is called", async () => {
    const { home, projectRoot, homePaths } = await pathsWith({ ISOTHERM_HOME: "other" });
    expect(home).toBe(join(projectRoot, "other"));
    expect(homePaths.state).toBe(join(projectRoot, "other", "state"));
  });

  it.each([undefined, ""])("has defaults where the variables are %j", async (value) => {
    const { home, cache, projectRoot } = await pathsWith({
      ISOTHERM_HOME: value,
      XDG_CACHE_HOME: value,
    });
    expect(home).toBe(join(projectRoot, ".isotherm"));
    expect(cache).toBe(join(homedir(), ".cache", "isotherm"));
  });

  it("knows a checkout whose name a URL would write otherwise", async () => {
    const { projectRoot } = await pathsWith({});
    expect(projectRoot).toBe(join(import.meta.dirname, ".."));
  });
});
