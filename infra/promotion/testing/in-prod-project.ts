import { afterAll, afterEach, beforeAll, beforeEach, vi } from "vitest";
import { ProdProject } from "./prod-project.ts";

/**
 * Has a file's tests run commands in this process, in a project of their own that is as new before each.
 * @returns the project, and what was printed since the test began
 */
export function inProdProject(): { project: ProdProject; said: readonly string[] } {
  const project = new ProdProject();
  const said: string[] = [];
  const home = process.cwd();
  beforeAll(async () => {
    await project.start();
    process.chdir(project.root);
  });
  afterAll(() => {
    process.chdir(home);
    project.stop();
  });
  beforeEach(() => {
    project.reset();
    for (const [name, value] of Object.entries(project.env)) vi.stubEnv(name, value);
    said.length = 0;
    const say = (line: unknown) => void said.push(String(line));
    vi.spyOn(console, "log").mockImplementation(say);
    vi.spyOn(console, "error").mockImplementation(say);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });
  return { project, said };
}
