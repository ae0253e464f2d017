import type { Report } from "../report.ts";
import { probe, run } from "./command.ts";
import { debianFault, ensureDebian, unpackDebian } from "./debian.ts";
import { atLeast } from "./version.ts";

const minimum = "3.10";

/**
 * Finds a Python 3.10 or newer: the machine's, or Debian's.
 * @throws Error where there is none and it cannot be installed.
 */
export async function ensurePython(report: Report): Promise<string> {
  const found = await findPython();
  if (found !== undefined) return found;
  // Installing takes root; another system has to bring its own.
  if ((await debianFault()) === undefined) await ensureDebian(report);
  const installed = await findPython();
  if (installed !== undefined) return installed;
  throw new Error(`Python ${minimum} or newer is needed: put one on PATH as python3.`);
}

async function findPython(): Promise<string | undefined> {
  for (const command of ["python3", "/usr/bin/python3"]) {
    const line = await probe(command, ["--version"]);
    if (line !== undefined && atLeast(line, minimum)) {
      return run(command, ["-c", "import sys; print(sys.executable)"]);
    }
  }
  return undefined;
}

/** Platform tags that Debian 12 (glibc 2.36) can run, best first. */
export function wheelPlatforms(): string[] {
  const tags = Array.from({ length: 20 }, (_, index) => `manylinux_2_${36 - index}`);
  return [...tags, "manylinux2014", "manylinux2010", "manylinux1", "linux"].map(
    (tag) => `${tag}_x86_64`,
  );
}

/**
 * Unpacks the wheels that a requirements file names into `folder`. Every line must carry its hash; nothing is built and no
 * other package comes along.
 * @param target whose wheels: by default those for an x86-64 Linux machine with Python 3.11, whatever this machine's is;
 *   with "machine" those for the Python of `ensurePython`
 */
export async function installWheels(
  requirements: string,
  folder: string,
  report: Report,
  target: "image" | "machine" = "image",
): Promise<void> {
  const python = await ensurePython(report);
  await run(
    python,
    [
      ...(await pipArguments(report)),
      "install",
      "--quiet",
      "--disable-pip-version-check",
      "--root-user-action=ignore",
      "--no-input",
      "--no-deps",
      "--no-compile",
      "--require-hashes",
      "--only-binary=:all:",
      ...(target === "image" ? imageTarget() : []),
      `--target=${folder}`,
      `--requirement=${requirements}`,
    ],
    // A stray package in the user's own folders must not shadow pip's parts.
    { env: { ...process.env, PYTHONNOUSERSITE: "1", PYTHONDONTWRITEBYTECODE: "1", PIP_USER: "0" } },
  );
}

function imageTarget(): string[] {
  const platforms = wheelPlatforms().map((platform) => `--platform=${platform}`);
  return ["--implementation=cp", "--python-version=3.11", ...platforms];
}

/** What to call the Python of `ensurePython` with, for it to be pip. */
async function pipArguments(report: Report): Promise<string[]> {
  return (await debianFault()) === undefined ? [(await unpackDebian(report)).pip] : ["-m", "pip"];
}
