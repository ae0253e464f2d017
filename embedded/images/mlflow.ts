import { readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** AWS services that the server may talk to; botocore describes some four hundred. */
export const awsServices: readonly string[] = ["s3", "sts", "sso", "sso-oidc", "signin"];

/** The Python inside the image. */
export const interpreter = "/usr/bin/python3";

/** Whether a file or folder of botocore/data is left out. Its top-level files describe endpoints and retries. */
export function isUnusedService(name: string): boolean {
  return !/\.json(\.gz)?$/.test(name) && !awsServices.includes(name);
}

/**
 * A console script as pip writes it, for the Python inside the image instead of the one that ran pip.
 * (For a long path pip writes three lines that the shell runs and Python reads as a string.)
 */
export function withInterpreter(script: string): string {
  return script.replace(/^#!(?:\/bin\/sh\n'''exec' .*\n' '''|.*)\n/, `#!${interpreter}\n`);
}

/**
 * Makes a site-packages folder fit for the image: removes what the MLflow server does not need (requirements.txt has
 * left out the rest) and lets its commands find their Python.
 */
export async function fitMlflow(site: string): Promise<void> {
  const services = join(site, "botocore/data");
  for (const name of await readdir(services)) {
    if (isUnusedService(name)) await rm(join(services, name), { recursive: true });
  }
  const commands = join(site, "bin");
  for (const name of await readdir(commands)) {
    const path = join(commands, name);
    await writeFile(path, withInterpreter(await readFile(path, "utf8")));
  }
}
