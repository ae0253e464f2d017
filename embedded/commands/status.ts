import { existsSync } from "node:fs";
import Table from "cli-table3";
import pc from "picocolors";
import { clusterStatus, type ClusterStatus } from "../cluster/index.ts";
import { useEnvironment } from "../environment.ts";
import { home, homePaths } from "../paths.ts";
import { listStacks } from "../stacks/stack.ts";

interface Status {
  home: string;
  cluster: ClusterStatus;
  stacks: { name: string; resourceCount: number; lastUpdate: string }[];
}

/** `npm run status`: the cluster's parts, and what the backend holds. Where nothing was ever started it makes nothing. */
export async function printStatus(options: { json?: boolean }): Promise<void> {
  const cluster = await clusterStatus();
  const status: Status = { home, cluster, stacks: await knownStacks() };
  console.log(options.json === true ? JSON.stringify(status, null, 2) : describe(status));
}

async function knownStacks(): Promise<Status["stacks"]> {
  // Without it no stack was ever made from here, and to list none is not worth building the tools.
  if (!existsSync(homePaths.state)) return [];
  await useEnvironment((message) => console.error(message));
  return listStacks();
}

function describe({ cluster, stacks }: Status): string {
  const sections = [`${pc.bold("Cluster")}  ${describeCluster(cluster)}`];
  if (cluster.parts.length > 0) sections.push(partsTable(cluster));
  sections.push(`${pc.bold("Stacks")}   ${stacks.length === 0 ? "none" : ""}`);
  if (stacks.length > 0) {
    const table = plainTable(["stack", "resources", "last update"]);
    for (const { name, resourceCount, lastUpdate } of stacks)
      table.push([name, resourceCount, lastUpdate]);
    sections.push(table.toString());
  }
  return sections.join("\n");
}

function describeCluster(cluster: ClusterStatus): string {
  if (cluster.state === "absent" && !existsSync(homePaths.state)) return "nothing is up";
  if (cluster.state === "absent") return "no embedded cluster of this checkout";
  const node = cluster.nodeReady ? "node ready" : "node not ready";
  const where = `instance ${cluster.index}, ${cluster.addresses?.apiServer ?? ""}, data in ${cluster.dataDir ?? ""}`;
  return `${cluster.state}, ${node}, Kubernetes ${cluster.kubernetes ?? "not answering"} (${where})`;
}

function partsTable(cluster: ClusterStatus): string {
  const table = plainTable(["part", "process", "state", "since", "restarts", "memory"]);
  for (const part of cluster.parts) {
    table.push([
      part.name,
      part.pid ?? "-",
      part.healthy ? "healthy" : pc.red("not healthy"),
      part.upSince?.toISOString() ?? "-",
      part.restarts,
      part.memoryBytes === undefined ? "-" : `${Math.round(part.memoryBytes / 1024 ** 2)} MiB`,
    ]);
  }
  return table.toString();
}

function plainTable(head: string[]): Table.Table {
  return new Table({
    head,
    style: { head: [], border: [] },
    chars: {
      top: "",
      "top-mid": "",
      "top-left": "",
      "top-right": "",
      bottom: "",
      "bottom-mid": "",
      "bottom-left": "",
      "bottom-right": "",
      left: "  ",
      "left-mid": "",
      mid: "",
      "mid-mid": "",
      right: "",
      "right-mid": "",
      middle: "  ",
    },
  });
}
