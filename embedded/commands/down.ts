import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { instanceIndexes } from "../cluster/addresses.ts";
import { stopCluster } from "../cluster/index.ts";
import { findInstance, readOwner, runningNode } from "../cluster/instance.ts";
import { useEnvironment } from "../environment.ts";
import { withHomeLock } from "../home.ts";
import { removeStorage } from "../images/buildah.ts";
import { cache, home, homePaths, projectRoot } from "../paths.ts";
import type { Report } from "../report.ts";
import { readStackFiles } from "../stacks/files.ts";
import { clearAllDeadLocks } from "../stacks/locks.ts";
import { startedStacks } from "../stacks/names.ts";
import { removeSalts, saltOptions } from "../stacks/salt.ts";
import { destroy, listStacks, openStack, projectName } from "../stacks/stack.ts";
import { stacksWithResources } from "../stacks/state.ts";
import { readDebianRecord, removeDebian } from "../toolchain/debian.ts";
import { otherHomes, refuseWhileOthersRun } from "./down-checks.ts";

export interface DownOptions {
  /** Keep the registry's volumes and the credentials that open them. */
  keepData?: boolean;
  /** Remove the tool cache, and the Debian packages that set-up installed, too. */
  purge?: boolean;
}

/**
 * Removes what `start` made, and nothing else.
 * @throws Error where the options contradict each other, where a named context cannot be reached, or where something
 * else lives on what would be removed
 */
export async function down(options: DownOptions): Promise<void> {
  if (options.keepData === true && options.purge === true) {
    throw new Error("--keep-data and --purge contradict each other; give one of them");
  }
  if (options.purge === true) refuseToPurgeOthers();
  const report: Report = (message) => console.log(message);
  const hasHome = existsSync(home);
  if (!hasHome && options.keepData === true) {
    throw new Error(
      `--keep-data: ${home} does not exist, and with it the credentials that open the data; use npm run down`,
    );
  }
  if (hasHome || findInstance() !== undefined) {
    await withHomeLock("npm run down", () => removePlatform(options, report));
  } else {
    await removeOurSalts();
    report(`nothing is there: ${home} does not exist`);
  }
  if (options.purge === true) await purge(report);
}

/** Clusters of other checkouts run programs of the cache, and need the packages. */
function refuseToPurgeOthers(): void {
  const instances = instanceIndexes.flatMap((index) => {
    const owner = readOwner(index);
    return owner === undefined ? [] : [{ index, home: owner.home }];
  });
  const others = otherHomes(
    instances,
    home,
    (instance) => existsSync(instance.home) || runningNode(instance.index) !== undefined,
  );
  if (others.length === 0) return;
  throw new Error(
    `--purge: nothing was removed, the clusters of ${others.join(" and ")} need the cache and the packages; ` +
      "run `npm run down` in those checkouts first, or leave --purge out",
  );
}

async function purge(report: Report): Promise<void> {
  // Before the packages: emptying it takes buildah.
  await removeStorage();
  const { installed } = await readDebianRecord();
  if (Object.keys(installed).length > 0) await removeDebian(report);
  rmSync(cache, { recursive: true, force: true });
  report(`removed ${cache}`);
}

async function removePlatform({ keepData = false }: DownOptions, report: Report): Promise<void> {
  clearAllDeadLocks(homePaths.state, projectName);
  if (findInstance() !== undefined) await removeCluster(keepData, report);
  else await destroyOnContext(keepData, report);
  if (keepData) {
    report(`kept ${home}: state and the passphrase that opens it`);
    return;
  }
  const left = stacksWithResources(homePaths.state, projectName);
  if (left.length > 0) {
    report(
      `kept ${home}: its state still lists resources of ${left.join(", ")}, on a cluster that is not this machine's. ` +
        "Name that cluster's context in the stack files and run this again, or pulumi destroy --stack <name>; " +
        "if that cluster is gone, remove the folder",
    );
    return;
  }
  await removeOurSalts();
  rmSync(home, { recursive: true, force: true });
  report(`removed ${home}`);
}

/** State of the cluster's stacks goes with it, first: if this is interrupted, no state without a cluster stays. */
async function removeCluster(keepData: boolean, report: Report): Promise<void> {
  const aside = `${homePaths.state}-of-removed-cluster`;
  const hasState = !keepData && existsSync(homePaths.state);
  if (hasState) {
    rmSync(aside, { recursive: true, force: true });
    renameSync(homePaths.state, aside);
  }
  try {
    await stopCluster({ keepData }, report);
  } catch (error) {
    if (hasState && findInstance() !== undefined) renameSync(aside, homePaths.state);
    throw error;
  }
}

async function removeOurSalts(): Promise<void> {
  const files = readdirSync(join(projectRoot, "stacks")).filter((file) =>
    /^Pulumi\..+\.yaml$/.test(file),
  );
  await removeSalts(
    files.map((file) => join("stacks", file)),
    saltOptions,
  );
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
  const stacks = await listStacks();
  refuseWhileOthersRun(stacks, startedStacks);
  const existing = new Set(stacks.map(({ name }) => name));
  for (const name of startedStacks.toReversed().filter((stack) => existing.has(stack))) {
    await destroy(await openStack(name, report), report);
  }
}
