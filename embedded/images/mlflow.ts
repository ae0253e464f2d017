import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/**
 * Packages that MLflow lists and its server never imports: the tracking API, the registry, artifacts and the
 * UI were tried without them. They are two thirds of the size.
 */
const unused = [
  "pyarrow",
  "scipy",
  "sklearn",
  "scikit_learn",
  "matplotlib",
  "mpl_toolkits",
  "pylab",
  "fontTools",
  "fonttools",
  "skops",
  "PIL",
  "pillow",
  "kiwisolver",
  "contourpy",
  "cycler",
  "joblib",
  "threadpoolctl",
  "narwhals",
  "prettytable",
  "wcwidth",
  "pyparsing",
  "pip",
  "setuptools",
  "pkg_resources",
  "_distutils_hack",
];

/** AWS services that the server talks to; botocore describes some four hundred. */
const awsServices = new Set(["s3", "sts", "sso", "sso-oidc", "signin"]);

/** Whether a file or folder at the top of site-packages belongs to a package that is left out. */
export function isUnused(name: string): boolean {
  return unused.some(
    (part) =>
      name === part ||
      name === `${part}.py` ||
      name === `${part}.libs` ||
      (name.startsWith(`${part}-`) && name.endsWith(".dist-info")),
  );
}

/** Whether an entry of botocore/data is left out. */
export function isUnusedService(name: string): boolean {
  return !name.endsWith(".json") && !name.endsWith(".gz") && !awsServices.has(name);
}

/** Removes from a site-packages folder what the MLflow server does not need. */
export async function slimMlflow(site: string): Promise<void> {
  const remove = (path: string) => rm(path, { recursive: true, force: true });
  for (const name of await readdir(site)) {
    if (isUnused(name)) await remove(join(site, name));
  }
  const services = join(site, "botocore/data");
  for (const name of await readdir(services)) {
    if (isUnusedService(name)) await remove(join(services, name));
  }
}
