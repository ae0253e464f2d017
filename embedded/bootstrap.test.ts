import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, expect, test } from "vitest";
import { requireDependencies } from "../test/clone.ts";
import { lockStamp } from "./lock-stamp.mjs";

const folder = mkdtempSync(join(tmpdir(), "isotherm-bootstrap-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A checkout whose dependencies are `modules`, with a command that says it was reached. */
function checkout(name: string, modules: string): string {
  const root = join(folder, name);
  mkdirSync(join(root, "embedded"), { recursive: true });
  for (const file of ["bootstrap.mjs", "lock-stamp.mjs"]) {
    cpSync(join(import.meta.dirname, file), join(root, "embedded", file));
  }
  writeFileSync(join(root, "embedded/cli.ts"), 'console.log("reached");');
  writeFileSync(join(root, "package.json"), "{}");
  writeFileSync(join(root, "package-lock.json"), JSON.stringify({ name, lockfileVersion: 3 }));
  if (modules !== "") symlinkSync(modules, join(root, "node_modules"));
  return root;
}

const modules = join(folder, "other/node_modules");
mkdirSync(join(modules, "kept"), { recursive: true });

test("dependencies of another checkout are not installed over: the link is named and they stay", async () => {
  const root = checkout("linked", modules);
  const { exitCode, stderr } = await execa("node", [join(root, "embedded/bootstrap.mjs")], {
    reject: false,
  });
  expect(exitCode).toBe(1);
  expect(stderr).toContain(`${join(root, "node_modules")} is a link`);
  expect(readdirSync(modules)).toEqual(["kept"]);
  expect(() => requireDependencies(root)).toThrow(/not installed from the present package-lock/);
});

test("linked dependencies of the same lock file are used", async () => {
  const root = checkout("same", modules);
  lockStamp(root).write();
  const { stdout } = await execa("node", [join(root, "embedded/bootstrap.mjs")]);
  expect(stdout).toBe("reached");
  expect(() => requireDependencies(root)).not.toThrow();
  writeFileSync(join(root, "package-lock.json"), "{}");
  expect(() => requireDependencies(root)).toThrow("npm test");
});
