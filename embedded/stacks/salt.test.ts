import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { beforeEach, expect, test } from "vitest";
import { ensureSalt, newSalt, removeSalts, type SaltOptions } from "./salt.ts";

// Does not prove that Pulumi accepts the salt: the end-to-end layer does, with the real CLI.

const file = "stacks/Pulumi.dev.yaml";
const committed = "# a comment\nconfig:\n  isotherm:role: environment\n";
let options: SaltOptions;
let path: string;

beforeEach(async () => {
  const projectRoot = mkdtempSync(join(tmpdir(), "isotherm-salt-"));
  mkdirSync(join(projectRoot, "stacks"));
  options = { projectRoot, saltsFile: join(projectRoot, ".home", "salts") };
  path = join(projectRoot, file);
  writeFileSync(path, committed);
  writeFileSync(join(projectRoot, ".gitignore"), ".home\n");
  await git("init", "--quiet");
  await git("add", "-A");
  await git("-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "--quiet", "-m", "t");
});

async function git(...args: string[]): Promise<string> {
  return (await execa("git", args, { cwd: options.projectRoot })).stdout;
}

test("a stack file gets its salt as a last line, and git sees no change", async () => {
  await ensureSalt(file, "secret", options);
  expect(readFileSync(path, "utf8")).toMatch(
    /^# a comment\n[^]*\nencryptionsalt: v1:\S+:v1:\S+:\S+\n$/,
  );
  expect(await git("status", "--porcelain")).toBe("");
  expect(await git("diff")).toBe("");
});

test("a salt that Pulumi itself put there is hidden just as well", async () => {
  writeFileSync(path, `${committed}encryptionsalt: ${newSalt("secret")}\n`);
  expect(await git("status", "--porcelain")).not.toBe("");
  await ensureSalt(file, "secret", options);
  expect(await git("status", "--porcelain")).toBe("");
});

test("an edit of the stack file is still seen, without the salt", async () => {
  await ensureSalt(file, "secret", options);
  writeFileSync(path, readFileSync(path, "utf8").replace("# a comment", "# another comment"));
  const diff = await git("diff");
  expect(diff).toContain("+# another comment");
  expect(diff).not.toContain("encryptionsalt");
});

test("the salt stays while the passphrase does, and is replaced with it", async () => {
  await ensureSalt(file, "secret", options);
  const first = readFileSync(path, "utf8");
  await ensureSalt(file, "secret", options);
  expect(readFileSync(path, "utf8")).toBe(first);
  await ensureSalt(file, "another", options);
  const second = readFileSync(path, "utf8");
  expect(second).not.toBe(first);
  expect(second.match(/encryptionsalt/g)).toHaveLength(1);
});

test("a salt that a checkout of another branch took away comes back the same", async () => {
  await ensureSalt(file, "secret", options);
  const first = readFileSync(path, "utf8");
  writeFileSync(path, committed);
  await ensureSalt(file, "secret", options);
  expect(readFileSync(path, "utf8")).toBe(first);
});

test("removal leaves file and git as they were", async () => {
  await ensureSalt(file, "secret", options);
  await removeSalts([file], options);
  expect(readFileSync(path, "utf8")).toBe(committed);
  expect(await git("status", "--porcelain")).toBe("");
  await expect(git("config", "filter.isotherm-salt.clean")).rejects.toThrow();
});

test("a salt that is not ours is left alone and stays visible", async () => {
  const foreign = `${committed}encryptionsalt: v1:AAAA:v1:BBBB:CCCC\n`;
  writeFileSync(path, foreign);
  await removeSalts([file], options);
  expect(readFileSync(path, "utf8")).toBe(foreign);
});

test("salts of a home that was deleted by hand go too, and with them the filter", async () => {
  await ensureSalt(file, "secret", options);
  rmSync(options.saltsFile);
  await removeSalts([file], options);
  expect(readFileSync(path, "utf8")).toBe(committed);
  expect(await git("status", "--porcelain")).toBe("");
});

test("a salt that a value of the file needs stays, although the list of salts is gone", async () => {
  await ensureSalt(file, "secret", options);
  rmSync(options.saltsFile);
  writeFileSync(path, readFileSync(path, "utf8").replace("role: ", "key: { secure: v1:x }\n  a: "));
  const before = readFileSync(path, "utf8");
  await removeSalts([file], options);
  expect(readFileSync(path, "utf8")).toBe(before);
});

test("a stack file keeps its mode, and no draft stays beside it", async () => {
  chmodSync(path, 0o640);
  await ensureSalt(file, "secret", options);
  expect(statSync(path).mode & 0o777).toBe(0o640);
  expect(readdirSync(join(options.projectRoot, "stacks"))).toEqual(["Pulumi.dev.yaml"]);
});
