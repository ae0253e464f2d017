import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheCrds } from "./crds.ts";
import { machineError, type Problem } from "./cluster/errors.ts";
import {
  checkMachine,
  clusterStatus,
  importImages,
  startCluster,
  type Cluster,
  type ClusterTools,
} from "./cluster/index.ts";
import { readMachineFacts } from "./cluster/machine.ts";
import type { StackConfig } from "../infra/config.ts";
import { useEnvironment } from "./environment.ts";
import {
  ensureImages,
  imageRoles,
  type AskedRole,
  type BuiltImage,
  type ImageRole,
} from "./images/index.ts";
import { homePaths } from "./paths.ts";
import type { Report } from "./report.ts";
import { readStackFiles } from "./stacks/files.ts";
import { debianFault, ensureDebian, type Debian } from "./toolchain/debian.ts";
import { dropGoCaches, ensureGoTool } from "./toolchain/go.ts";
import { ensurePlugins, type PluginOrigins } from "./toolchain/plugins.ts";
import { ensurePulumi } from "./toolchain/pulumi.ts";

/** What `pulumi up` needs before it can run. */
export interface Platform {
  /** The cluster that was started here; undefined where the stack files name a context. */
  cluster: Cluster | undefined;
  plugins: PluginOrigins;
}

export interface Stage {
  title: string;
  /** @returns what was done, for people */
  work: (report: Report) => Promise<string>;
}

/** What every pod needs before it can start. */
const nodeRoles = [
  "pause",
  "busybox",
  "coredns",
  "local-path",
] as const satisfies readonly ImageRole[];
const podRoles = imageRoles.filter((role) => !nodeRoles.some((nodeRole) => nodeRole === role));

/**
 * The stages from a bare machine to a cluster that `pulumi up` can work on.
 * @param ready is handed the platform when the last stage is through
 */
export function platformStages(
  stackNames: readonly string[],
  ready: (platform: Platform) => void,
): Stage[] {
  let isEmbedded = true;
  let asked: AskedRole[] = [];
  let plugins: PluginOrigins = {};
  let cluster: Cluster | undefined;

  const configuration = async () => {
    const configs = Object.values(readStackFiles(stackNames));
    const contexts = new Set(configs.map((config) => config.target.context));
    if (contexts.size > 1)
      throw new Error(contextsDiffer(configs.map(({ target }) => target.context)));
    asked = askedImages(configs);
    const [context] = contexts;
    isEmbedded = context === undefined;
    if (isEmbedded) await checkThisMachine();
    return isEmbedded
      ? "sound; no context is named, so this machine's own cluster"
      : `sound; context ${context}`;
  };
  const tools = async (report: Report) => {
    const pulumi = await ensurePulumi(report);
    plugins = { ...(await ensurePlugins(await useEnvironment(report), report)) };
    const origins = Object.entries(plugins).map(([name, origin]) => `${name} plugin ${origin}`);
    return [`pulumi ${pulumi.version} ${pulumi.origin}`, ...origins].join(", ");
  };
  const startNode = async (report: Report) => {
    if (!isEmbedded) return "yours";
    cluster = await startCluster(await clusterTools(report), report);
    return `ready at ${cluster.addresses.apiServer}`;
  };
  const images = async (report: Report) => {
    cacheCrds(join(await ensureGoTool("envoy-gateway", report), "share"));
    if (!isEmbedded) {
      await dropGoCaches(report);
      return "as the stack files and images.json name them";
    }
    const roles = [...podRoles, ...asked];
    const built = await ensureImages(roles, report);
    // Every tool is built by now.
    await dropGoCaches(report);
    if (cluster !== undefined) await importImages(cluster, Object.values(built), report);
    writeImageNames(built);
    return `${roles.length} in the cluster`;
  };
  const stages: Stage[] = [
    { title: "Configuration", work: configuration },
    { title: "Tools", work: tools },
    { title: "Cluster", work: startNode },
    { title: "Images", work: images },
  ];
  return stages.map((stage, index) => ({
    title: stage.title,
    work: async (report) => {
      const done = await stage.work(report);
      if (index === stages.length - 1) ready({ cluster, plugins });
      return done;
    },
  }));
}

/** Images that are built only because a stack file asks for what runs in them, and names no image of its own for it. */
export function askedImages(configs: readonly StackConfig[]): AskedRole[] {
  const wanted = configs.some(
    (config) =>
      config.role === "cluster" &&
      config.metrics.server === "install" &&
      config.images["metrics-server"] === undefined,
  );
  return wanted ? ["metrics-server"] : [];
}

/**
 * Says what keeps the embedded cluster from running here before anything is built for it. One that runs already has
 * taken its memory and disk, and is looked at by `startCluster`.
 * @throws ClusterError that lists every problem
 */
async function checkThisMachine(): Promise<void> {
  const { state } = await clusterStatus();
  if (state === "running" || state === "starting") return;
  const problems: Problem[] = checkMachine(readMachineFacts(undefined, "/var/lib"));
  const fault = process.platform === "linux" ? await debianFault() : undefined;
  if (fault !== undefined) problems.push(debianProblem(fault));
  if (problems.length > 0) throw machineError(problems);
}

/** The fault's first sentence is what is wrong, the rest what to do. */
function debianProblem(fault: string): Problem {
  const end = fault.lastIndexOf(". ");
  const fix = fault.slice(end + 2);
  const message = fault.slice(0, end);
  return { code: "other-suite", message, fix: `${fix.charAt(0).toLowerCase()}${fix.slice(1)}` };
}

/** Writes which image plays which role, for the program to read. */
export function writeImageNames(images: Readonly<Partial<Record<ImageRole, BuiltImage>>>): void {
  const names = Object.fromEntries(
    Object.entries(images).map(([role, image]) => [role, image.reference]),
  );
  writeFileSync(homePaths.images, `${JSON.stringify(names, null, 2)}\n`);
}

async function clusterTools(report: Report): Promise<ClusterTools> {
  const debian = await ensureDebian(report);
  const kube = join(await ensureGoTool("kube", report), "bin", "kube");
  const {
    pause,
    busybox,
    coredns,
    "local-path": localPath,
  } = await ensureImages(nodeRoles, report);
  return {
    kube,
    etcd: unpacked(debian, "usr/bin/etcd"),
    containerd: unpacked(debian, "usr/bin/containerd"),
    containerdShim: unpacked(debian, "usr/bin/containerd-shim-runc-v2"),
    ctr: unpacked(debian, "usr/bin/ctr"),
    runc: unpacked(debian, "usr/sbin/runc"),
    cniBin: debian.cni,
    images: { pause, busybox, coredns, localPath },
  };
}

function unpacked(debian: Debian, path: string): string {
  return join(debian.root, path);
}

function contextsDiffer(contexts: readonly (string | undefined)[]): string {
  const names = contexts.map((context) => context ?? "none (the embedded cluster)").join(" and ");
  return `the stack files name different contexts: ${names}; give stack cluster and the environments on it the same`;
}
