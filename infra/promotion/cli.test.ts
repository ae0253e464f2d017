import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ProdProject } from "./testing/prod-project.ts";

/** The command line as a process. Does not prove that the tunnels to a registry open. */
const cli = fileURLToPath(new URL("./cli.ts", import.meta.url));
const project = new ProdProject();
const run = (...words: string[]) =>
  execa(process.execPath, [cli, ...words], {
    cwd: project.root,
    reject: false,
    env: project.env,
  });

beforeAll(() => project.start());
afterAll(() => project.stop());
beforeEach(() => project.reset());

describe("npm run rollback", { timeout: 300_000 }, () => {
  it("N-03 is one command that edits and applies", async () => {
    const { exitCode, stderr } = await run("rollback", "wine", "--env", "prod");
    expect(exitCode, stderr).toBe(0);
    expect(project.read()).toBe(project.text(100, 0));
    expect(project.asked()).toBe("up --stack prod --yes\n");
  });
});

describe("npm run promote", () => {
  it("refuses a weight that is none before anything is touched", async () => {
    const words = ["promote", "wine", "--to", "prod", "--weight", "10.5"];
    const { stderr, exitCode } = await run(...words);
    expect(stderr).toContain("must be a whole number from 0 to 100");
    expect(exitCode).toBe(1);
    expect(project.read()).toBe(project.text(90, 10));
  });
});
