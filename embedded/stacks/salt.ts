import { createCipheriv, createDecipheriv, pbkdf2Sync, randomBytes } from "node:crypto";
import {
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { execa } from "execa";
import { home, projectRoot } from "../paths.ts";

/**
 * Pulumi keeps the salt of a stack's passphrase in the stack file, which is committed; passphrase and salt are this
 * checkout's own. So the line is put at the file's end here (Pulumi would write the whole file anew), and a git
 * filter of this checkout, which knows this very line, keeps it out of `git status` and of commits.
 */
const filterName = "isotherm-salt";
const attributes = `/stacks/Pulumi.*.yaml filter=${filterName}`;
const saltLine = /^encryptionsalt: (\S+)\n?/m;

/** Rounds of PBKDF2 in the format `v1` of Pulumi's passphrase secrets provider. */
const rounds = 1_000_000;

export interface SaltOptions {
  projectRoot: string;
  /** File that lists the lines to hide; it belongs to the same owner as the passphrase. */
  saltsFile: string;
}

/** Of this checkout. */
export const saltOptions: SaltOptions = { projectRoot, saltsFile: join(home, "salts") };

/**
 * Gives a stack file the salt for a passphrase, where it has none or one of another passphrase, and hides it from git.
 * @param file path relative to the project
 */
export async function ensureSalt(
  file: string,
  passphrase: string,
  options: SaltOptions,
): Promise<void> {
  const path = join(options.projectRoot, file);
  const text = readFileSync(path, "utf8");
  const present = saltLine.exec(text)?.[1];
  if (present !== undefined && opens(present, passphrase)) {
    await hide(present, options);
    await refreshIndex(file, options);
    return;
  }
  const known = knownSalts(options.saltsFile).find((salt) => opens(salt, passphrase));
  const salt = known ?? newSalt(passphrase);
  await hide(salt, options);
  const bare = text.replace(saltLine, "");
  replaceFile(path, `${bare.replace(/\n?$/, "\n")}encryptionsalt: ${salt}\n`);
  await refreshIndex(file, options);
}

/** Takes the salts of this checkout's passphrase out of stack files, and the filter out of git's configuration. */
export async function removeSalts(files: readonly string[], options: SaltOptions): Promise<void> {
  const known = new Set(knownSalts(options.saltsFile));
  const isForgotten = !existsSync(options.saltsFile) && (await hasFilter(options));
  for (const file of files) {
    const path = join(options.projectRoot, file);
    if (!existsSync(path)) continue;
    const text = readFileSync(path, "utf8");
    const salt = saltLine.exec(text)?.[1];
    if (salt === undefined) continue;
    if (known.has(salt) || (isForgotten && (await isOnlyHere(file, text, options))))
      replaceFile(path, text.replace(saltLine, ""));
  }
  rmSync(options.saltsFile, { force: true });
  await removeFilter(options);
  for (const file of files) await refreshIndex(file, options);
}

/** Whether set-up hid salts in this checkout, in the list that this owner keeps. */
async function hasFilter(options: SaltOptions): Promise<boolean> {
  const clean = await git(options, "config", "--local", `filter.${filterName}.clean`);
  return clean?.includes(options.saltsFile) === true;
}

/**
 * Whether a salt is left over from a passphrase that was deleted by hand: git knows the file without any, and no
 * value in the file needs one.
 */
async function isOnlyHere(file: string, text: string, options: SaltOptions): Promise<boolean> {
  const committed = await git(options, "show", `:./${file}`);
  return committed !== undefined && !saltLine.test(committed) && !/\bsecure:/.test(text);
}

/** Whole or not at all, with the owner and the mode it had: set-up may be root in a user's checkout. */
function replaceFile(path: string, text: string): void {
  const target = realpathSync(path);
  const { mode, uid, gid } = statSync(target);
  const draft = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
  try {
    writeFileSync(draft, text, { mode });
    if (process.getuid?.() === 0) chownSync(draft, uid, gid);
    renameSync(draft, target);
  } finally {
    rmSync(draft, { force: true });
  }
}

async function removeFilter(options: SaltOptions): Promise<void> {
  await git(options, "config", "--local", "--remove-section", `filter.${filterName}`);
  const attributesFile = await attributesPath(options);
  if (attributesFile === undefined || !existsSync(attributesFile)) return;
  const rest = readFileSync(attributesFile, "utf8").replace(`${attributes}\n`, "");
  if (rest === "") rmSync(attributesFile);
  else writeFileSync(attributesFile, rest);
}

/** A salt in the form Pulumi writes it; it carries a known text, encrypted, by which a passphrase is checked. */
export function newSalt(passphrase: string): string {
  const salt = randomBytes(8);
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", keyOf(passphrase, salt), nonce);
  const sealed = Buffer.concat([
    cipher.update("pulumi", "utf8"),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
  return [
    "v1",
    salt.toString("base64"),
    "v1",
    nonce.toString("base64"),
    sealed.toString("base64"),
  ].join(":");
}

function opens(salt: string, passphrase: string): boolean {
  const [outer, saltText, inner, nonce, sealed] = salt.split(":");
  if (outer !== "v1" || inner !== "v1" || !saltText || !nonce || !sealed) return false;
  const bytes = Buffer.from(sealed, "base64");
  const key = keyOf(passphrase, Buffer.from(saltText, "base64"));
  const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(nonce, "base64"));
  try {
    decipher.setAuthTag(bytes.subarray(-16));
    return decipher.update(bytes.subarray(0, -16)).toString() + decipher.final("utf8") === "pulumi";
  } catch {
    return false;
  }
}

function keyOf(passphrase: string, salt: Buffer): Buffer {
  return pbkdf2Sync(passphrase, salt, rounds, 32, "sha256");
}

function knownSalts(saltsFile: string): string[] {
  if (!existsSync(saltsFile)) return [];
  return [...readFileSync(saltsFile, "utf8").matchAll(new RegExp(saltLine.source, "gm"))].map(
    ([, salt = ""]) => salt,
  );
}

async function hide(salt: string, options: SaltOptions): Promise<void> {
  const lines = new Set([...knownSalts(options.saltsFile), salt]);
  mkdirSync(dirname(options.saltsFile), { recursive: true });
  writeFileSync(options.saltsFile, [...lines].map((line) => `encryptionsalt: ${line}\n`).join(""));
  const attributesFile = await attributesPath(options);
  if (attributesFile === undefined) return;
  const quoted = `'${options.saltsFile.replaceAll("'", `'\\''`)}'`;
  await git(options, "config", "--local", `filter.${filterName}.clean`, `grep -vxF -f ${quoted}`);
  const present = existsSync(attributesFile) ? readFileSync(attributesFile, "utf8") : "";
  if (present.includes(attributes)) return;
  mkdirSync(dirname(attributesFile), { recursive: true });
  writeFileSync(attributesFile, `${present.replace(/([^\n])$/, "$1\n")}${attributes}\n`);
}

/**
 * Git takes a file of another size for changed, without asking the filter. So where the filter leaves no difference,
 * the size is noted anew; where the user edited the file, the index is left alone.
 */
async function refreshIndex(file: string, options: SaltOptions): Promise<void> {
  const unchanged = await git(options, "diff", "--quiet", "--", file);
  if (unchanged !== undefined) await git(options, "update-index", "--", file);
}

/** Attributes of this checkout alone; undefined outside a git checkout. */
async function attributesPath(options: SaltOptions): Promise<string | undefined> {
  const path = await git(options, "rev-parse", "--git-path", "info/attributes");
  return path === undefined ? undefined : resolve(options.projectRoot, path);
}

async function git({ projectRoot }: SaltOptions, ...args: string[]): Promise<string | undefined> {
  const result = await execa("git", args, { cwd: projectRoot, reject: false });
  return result.failed ? undefined : result.stdout;
}
