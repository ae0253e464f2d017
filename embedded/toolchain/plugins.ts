import { access, mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { cache, projectRoot } from "../paths.ts";
import { packProvider, standInMark } from "../providers/pack.ts";
import type { Report } from "../report.ts";
import { versions } from "../versions.ts";
import { run } from "./command.ts";
import { reach, tryOfficial } from "./official.ts";
import type { Origin } from "./pulumi.ts";
import { folderRecipe, recipeHash } from "./recipe.ts";

/** Where each provider plugin came from. */
export type PluginOrigins = Record<string, Origin>;

const plugins = [
  { name: "kubernetes", version: versions.kubernetesPlugin },
  { name: "random", version: versions.randomPlugin },
] as const;

/** A slow line may take this long over some 50 MB; a host out of reach is noticed before. */
const installSeconds = 600;
/** Where `pulumi plugin install` looks last; its other source answers no requests for headers. */
const downloads = "https://get.pulumi.com/releases/plugins";

/**
 * Makes every provider plugin available in PULUMI_HOME: the official one, and where its download cannot be reached
 * the stand-in of the same name and version. A stand-in whose sources changed is installed anew.
 * @param environment PATH with the CLI on it, and PULUMI_HOME
 */
export async function ensurePlugins(
  environment: Readonly<Record<string, string | undefined>>,
  report: Report,
): Promise<PluginOrigins> {
  const env = { ...process.env, ...environment };
  const pulumiHome = env["PULUMI_HOME"];
  if (pulumiHome === undefined) throw new Error("plugins need PULUMI_HOME in their environment");
  const origins: PluginOrigins = {};
  for (const plugin of plugins)
    origins[plugin.name] = await ensurePlugin(plugin, pulumiHome, env, report);
  return origins;
}

async function ensurePlugin(
  { name, version }: (typeof plugins)[number],
  pulumiHome: string,
  env: NodeJS.ProcessEnv,
  report: Report,
): Promise<Origin> {
  const folder = join(pulumiHome, "plugins", `resource-${name}-v${version}`);
  const mark = await readFile(join(folder, standInMark), "utf8").catch(() => undefined);
  // The CLI keeps the second file beside a plugin until its installation is through.
  const isThere =
    (await exists(join(folder, `pulumi-resource-${name}`))) && !(await exists(`${folder}.partial`));
  if (isThere && mark === undefined) return "official";
  const install = (...extra: string[]) =>
    run("pulumi", ["plugin", "install", "resource", name, `v${version}`, "--reinstall", ...extra], {
      env,
      timeout: installSeconds,
    });
  const official = await tryOfficial(`plugin ${name} ${version}`, report, async () => {
    report(`asking for the official plugin ${name} ${version}`);
    await reach(`${downloads}/pulumi-resource-${name}-v${version}-linux-amd64.tar.gz`);
    await install();
    await rm(join(folder, standInMark), { force: true });
    return true;
  });
  if (official !== undefined) return "official";

  const sources = recipeHash({
    providers: await folderRecipe(join(projectRoot, "embedded/providers")),
    lock: await readFile(join(projectRoot, "package-lock.json"), "utf8"),
  });
  if (isThere && mark === sources) return "stand-in";
  report(`installing the stand-in for plugin ${name} ${version}`);
  const archive = join(cache, "plugins", `${name}-${version}-${sources}.tar.gz`);
  await mkdir(join(cache, "plugins"), { recursive: true });
  await packProvider(name, version, archive, sources);
  await install("--file", archive);
  return "stand-in";
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
