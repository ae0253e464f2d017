import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

/**
 * The command line as a process, in a project of its own, as far as it needs no cluster; in place of Pulumi is a script
 * that keeps what it is asked for. Does not prove that the tunnels to a registry open.
 */
const cli = fileURLToPath(new URL("./cli.ts", import.meta.url));
let root: string;
const file = () => join(root, "stacks", "Pulumi.prod.yaml");
const text = (blue: number, green: number) => `# prod serves what was promoted to it.
config:
  isotherm:role: environment
  isotherm:target: { kind: cluster, context: prod }
  isotherm:models:
    wine:
      blue: { release: "2f9c0b71d4aa", weight: ${blue} } # steady
      green: { release: "81aa52c09e13", from: staging, weight: ${green} }
      gates: [{ metric: accuracy, atLeast: 0.85 }]
`;
const run = (...words: string[]) =>
  execa(process.execPath, [cli, ...words], {
    cwd: root,
    reject: false,
    env: { PATH: `${join(root, "bin")}${delimiter}${process.env["PATH"]}`, NO_COLOR: "1" },
  });
const git = (...words: string[]) =>
  execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...words], {
    cwd: root,
    stdio: "ignore",
  });

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "isotherm-promotion-"));
  for (const folder of ["stacks", "bin"]) mkdirSync(join(root, folder));
  const pulumi = join(root, "bin", "pulumi");
  writeFileSync(pulumi, '#!/bin/sh\necho "$@" > asked\n');
  chmodSync(pulumi, 0o755);
  git("init");
  for (const [blue, green] of [
    [100, 0],
    [90, 10],
  ] as const) {
    writeFileSync(file(), text(blue, green));
    git("add", "-A");
    git("commit", "-m", "an edit");
  }
});
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeEach(() => writeFileSync(file(), text(90, 10)));

describe("npm run rollback", () => {
  it("N-03 edits, shows the edit and applies it; a second time there is nothing to do", async () => {
    const { stdout, exitCode, stderr } = await run("rollback", "wine", "--env", "prod", "--apply");
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toContain("wine: blue 90 -> 100 %; green 10 -> 0 %");
    expect(stdout).toContain('-      blue: { release: "2f9c0b71d4aa", weight: 90 } # steady');
    expect(stdout).toContain('+      blue: { release: "2f9c0b71d4aa", weight: 100 } # steady');
    expect(readFileSync(file(), "utf8")).toBe(text(100, 0));
    expect(readFileSync(join(root, "asked"), "utf8")).toBe("up --stack prod --yes\n");
    const again = await run("rollback", "wine", "--env", "prod");
    expect(again.stdout).toBe("stacks/Pulumi.prod.yaml says so already");
  }, 300_000);

  it("as a dry run writes nothing", async () => {
    const { stdout } = await run("rollback", "wine", "--env", "prod", "--dry-run", "--apply");
    expect(stdout).toContain("not written, as this is a dry run");
    expect(readFileSync(file(), "utf8")).toBe(text(90, 10));
  }, 300_000);
});

describe("npm run promote", () => {
  it.each([
    [["wine", "--weight", "10.5"], "must be a whole number from 0 to 100"],
    [["churn", "--weight", "10"], 'has no model "churn"; there is wine'],
    [["wine", "--weight", "10"], "there is no stacks/Pulumi.staging.yaml"],
  ])("refuses %j before anything is touched", async (words, message) => {
    const { stderr, exitCode } = await run("promote", "--to", "prod", ...words);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(1);
    expect(readFileSync(file(), "utf8")).toBe(text(90, 10));
  });
});
