import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { dataDir, home, runtimeDir } from "../paths.ts";
import type { Report } from "../report.ts";
import {
  addressPlan,
  basesVariable,
  findClash,
  instanceIndexes,
  type AddressBases,
  type HostRoute,
} from "./addresses.ts";
import { ClusterError } from "./errors.ts";
import { nodePaths } from "./node-config.ts";
import { identify, isAlive } from "./processes.ts";
import { readJson, readNodeProcess, writeState, type NodeProcess } from "./state.ts";

const draftPrefix = ".claim-";

/** Whose instance it is, and the addresses that its data was made with. */
export interface Owner {
  readonly home: string;
  readonly bases: AddressBases;
}

export interface Instance {
  readonly index: number;
  readonly owner: Owner;
}

/** The instance of this ISOTHERM_HOME, running or not. */
export function findInstance(): Instance | undefined {
  for (const index of instanceIndexes) {
    const owner = readOwner(index);
    if (owner?.home === home) return { index, owner };
  }
  return undefined;
}

/** Who owns instance `index`. */
export function readOwner(index: number): Owner | undefined {
  return readJson(nodePaths({ run: runtimeDir(index), data: dataDir(index) }).owner) as
    Owner | undefined;
}

/** The recorded first process of an instance, if that very process lives. */
export function runningNode(index: number): NodeProcess | undefined {
  const recorded = readNodeProcess(
    nodePaths({ run: runtimeDir(index), data: dataDir(index) }).process,
  );
  return recorded !== undefined && isAlive(recorded) ? recorded : undefined;
}

/** Which index a new instance may take, and why each one before it may not. */
export function chooseIndex(
  bases: AddressBases,
  routes: readonly HostRoute[],
  ownerOf: (index: number) => string | undefined,
): { index?: number; refused: string[] } {
  const refused: string[] = [];
  for (const index of instanceIndexes) {
    const owner = ownerOf(index);
    const clash = findClash(addressPlan(index, bases), routes);
    if (owner !== undefined) refused.push(`${index}: belongs to ${owner}`);
    else if (clash !== undefined) refused.push(`${index}: ${clash}`);
    else return { index, refused };
  }
  return { refused };
}

/** Takes the first free index for this home; two that try at once get different ones. */
export function claimInstance(
  bases: AddressBases,
  routes: readonly HostRoute[],
  report: Report,
): Instance {
  const owner: Owner = { home, bases };
  const lost = new Set<number>();
  for (;;) {
    const { index, refused } = chooseIndex(bases, routes, (candidate) => {
      if (lost.has(candidate)) return "another start that was faster";
      if (!existsSync(dataDir(candidate))) return undefined;
      return readOwner(candidate)?.home ?? `${dataDir(candidate)}, which names no owner`;
    });
    if (index === undefined) throw noneFree(refused);
    for (const reason of refused) report(`instance ${reason}; trying the next`);
    if (claim(index, owner)) return { index, owner };
    lost.add(index);
  }
}

// A folder is moved onto the name whole, which fails where something is there already.
function claim(index: number, owner: Owner): boolean {
  const folder = dirname(dataDir(index));
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  removeDeadDrafts(folder);
  const draft = join(folder, `${draftPrefix}${process.pid}`);
  mkdirSync(draft, { recursive: true, mode: 0o700 });
  writeState(nodePaths({ run: runtimeDir(index), data: draft }).owner, owner);
  try {
    renameSync(draft, dataDir(index));
    return true;
  } catch {
    rmSync(draft, { recursive: true, force: true });
    return false;
  }
}

function removeDeadDrafts(folder: string): void {
  for (const name of readdirSync(folder).filter((entry) => entry.startsWith(draftPrefix))) {
    if (identify(Number(name.slice(draftPrefix.length))) === undefined) {
      rmSync(join(folder, name), { recursive: true, force: true });
    }
  }
}

function noneFree(refused: readonly string[]): ClusterError {
  return new ClusterError(
    "addresses",
    [
      "no instance of the embedded cluster is free on this machine",
      ...refused.map((reason) => `  - ${reason}`),
      "  remove one with `npm run down` in its checkout, or choose other addresses with",
      `  ${basesVariable}=<node>,<pods>,<services>, for example ${basesVariable}=172.30,10.250,10.112`,
    ].join("\n"),
  );
}

/**
 * Runs `work` while no other process starts or stops the cluster of this home. The lock is a socket name that the kernel frees when its
 * holder dies, so it can never be stale.
 */
export async function withLock<T>(report: Report, work: () => Promise<T>): Promise<T> {
  const name = createHash("sha256").update(home).digest("hex").slice(0, 16);
  const server = createServer();
  for (let attempt = 0; !(await tryListen(server, `\0isotherm-cluster-${name}`)); attempt += 1) {
    if (attempt % 50 === 0) report("another start or stop of this cluster is under way, waiting");
    await sleep(200);
  }
  try {
    return await work();
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

function tryListen(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => (): void => {
      server.removeAllListeners("error").removeAllListeners("listening");
      finish();
    };
    server.once(
      "listening",
      settle(() => resolve(true)),
    );
    server.once("error", (error: NodeJS.ErrnoException) => {
      settle(() => (error.code === "EADDRINUSE" ? resolve(false) : reject(error)))();
    });
    server.listen(path);
  });
}
