import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/** AWS services that the server may talk to; botocore describes some four hundred. */
const awsServices = new Set(["s3", "sts", "sso", "sso-oidc", "signin"]);

/** Whether a file or folder of botocore/data is left out. Its top-level files describe endpoints and retries. */
export function isUnusedService(name: string): boolean {
  return !/\.json(\.gz)?$/.test(name) && !awsServices.has(name);
}

/** Removes from a site-packages folder what the MLflow server does not need; requirements.txt has left out the rest. */
export async function slimMlflow(site: string): Promise<void> {
  const services = join(site, "botocore/data");
  for (const name of await readdir(services)) {
    if (isUnusedService(name)) await rm(join(services, name), { recursive: true });
  }
}
