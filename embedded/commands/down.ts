import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { clusterStatus, stopCluster } from "../cluster/index.ts";
import { useEnvironment } from "../environment.ts";
import { withHomeLock } from "../home.ts";
import { removeStorage } from "../images/buildah.ts";
import { cache, home, projectRoot } from "../paths.ts";
import type { Report } from "../report.ts";
import { readStackFiles } from "../stacks/files.ts";
import { startedStacks } from "../stacks/names.ts";
import { removeSalts, saltOptions } from "../stacks/salt.ts";
import { destroy, listStacks, openStack } from "../stacks/stack.ts";
import { removeDebian } from "../toolchain/debian.ts";

export interface DownOptions {
  /** Keep the registry's volumes and the credentials that open them. */
  keepData?: boolean;
  /** Remove the tool cache, and the Debian packages that set-up installed, too. */
  purge?: boolean;
}

/**
 * Removes what `start` made, and nothing else.
 * @throws Error where the options contradict each other or a named context cannot be reached
 */
export async function down(options: DownOptions): Promise<void> {
  if (options.keepData === true && options.purge === true) {
    throw new Error("--keep-data and --purge contradict each other; give one of them");
  }
  const report: Report = (message) => console.log(message);
  if (existsSync(home)) await withHomeLock("npm run down", () => removePlatform(options, report));
  else console.log(`nothing is there: ${home} does not exist`);
  if (options.purge === true) {
    // Before the packages: emptying it takes buildah.
    await removeStorage();
    await removeDebian(report);
    rmSync(cache, { recursive: true, force: true });
    report(`removed ${cache}`);
  }
}

async function removePlatform({ keepData = false }: DownOptions, report: Report): Promise<void> {
  if ((await clusterStatus()).state === "absent") await destroyOnContext(keepData, report);
  else await stopCluster({ keepData }, report);
  if (keepData) {
    report(`kept ${home}: state and the passphrase that opens it`);
    return;
  }
  await removeSalts(
    readdirSync(join(projectRoot, "stacks")).map((file) => join("stacks", file)),
    saltOptions,
  );
  rmSync(home, { recursive: true, force: true });
  report(`removed ${home}`);
}

/** Somebody else's cluster lives on: only what the stacks made is taken from it, environments first. */
async function destroyOnContext(keepData: boolean, report: Report): Promise<void> {
  const contexts = Object.values(readStackFiles(startedStacks)).map(({ target }) => target.context);
  if (contexts.every((context) => context === undefined)) return;
  if (keepData) {
    throw new Error(
      "--keep-data works on the embedded cluster only; on a cluster of yours use " +
        "pulumi destroy --stack dev --exclude '**ModelRegistry**' --exclude-dependents",
    );
  }
  await useEnvironment(report);
  const existing = new Set((await listStacks()).map(({ name }) => name));
  for (const name of startedStacks.toReversed().filter((stack) => existing.has(stack))) {
    await destroy(await openStack(name, report), report);
  }
}
