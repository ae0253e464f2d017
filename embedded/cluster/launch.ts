import { spawn } from "node:child_process";
import { mkdirSync, openSync, closeSync, writeFileSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { homePaths } from "../paths.ts";
import { ensureCertificates, writeSecret } from "./certificates.ts";
import { makeCgroups } from "./cgroups.ts";
import { adminKubeconfig, configFiles } from "./config-files.ts";
import { ClusterError } from "./errors.ts";
import { initScript } from "./init-script.ts";
import { logEnd } from "./logs.ts";
import { findCommand, systemFolders } from "./machine.ts";
import { connectNode } from "./network.ts";
import { nodePaths, type NodeConfig } from "./node-config.ts";
import { childrenOf, identify, pidNamespace } from "./processes.ts";
import { writeState, type NodeProcess } from "./state.ts";
import type { ClusterTools } from "./types.ts";

/** PATH of the node: the folders of the given tools before the system's. */
export function nodePath(tools: ClusterTools): string {
  const files = [tools.containerdShim, tools.nft, tools.runc, tools.containerd];
  const given = files.filter((file) => file !== undefined).map((file) => dirname(file));
  return [...new Set([...given, ...systemFolders])].join(":");
}

/** Writes certificates, configuration and the user's kubeconfig. */
export async function prepareNode(config: NodeConfig): Promise<void> {
  const paths = nodePaths(config);
  await mkdir(config.run, { recursive: true, mode: 0o700 });
  await mkdir(paths.volumes, { recursive: true });
  await mkdir(join(config.data, "etcd"), { recursive: true, mode: 0o700 });
  await ensureCertificates(paths.pki, config.addresses, config.nodeName);
  for (const file of configFiles(config)) await writeSecret(file.path, file.text);
  writeState(paths.config, config);
  const pem = (name: string): Promise<string> => readFile(join(paths.pki, name), "utf8");
  const [authority, certificate, key] = await Promise.all(
    ["ca.crt", "admin.crt", "admin.key"].map(pem),
  );
  if (authority === undefined || certificate === undefined || key === undefined) return;
  await writeSecret(
    homePaths.kubeconfig,
    adminKubeconfig(config.addresses.apiServer, { authority, certificate, key }),
  );
}

/**
 * Makes the namespaces of the node and starts its supervisor in them. The first process waits until it has been
 * recorded and connected, and ends by itself should this process die before: nothing unrecorded can be left.
 */
export async function launchNode(config: NodeConfig): Promise<NodeProcess> {
  const paths = nodePaths(config);
  makeCgroups(config.index);
  const supervisor = join(import.meta.dirname, "supervisor.ts");
  writeFileSync(paths.init, initScript(config, process.execPath, supervisor), { mode: 0o600 });
  mkdirSync(config.logs, { recursive: true });
  const log = openSync(join(config.logs, "supervisor.log"), "a", 0o600);
  const unshare = findCommand("unshare") ?? "unshare";
  const flags = ["--net", "--mount", "--pid", "--uts", "--ipc", "--fork", "--kill-child"];
  const child = spawn(unshare, [...flags, "--mount-proc", "sh", paths.init], {
    env: { PATH: config.path },
    cwd: "/",
    detached: true,
    stdio: ["pipe", log, log],
  });
  closeSync(log);
  child.unref();
  const failed = new Promise<never>((_, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => {
      reject(new Error(`unshare ended with ${code}; ${logEnd(config, "supervisor")}`));
    });
  });
  try {
    const pid = await Promise.race([firstProcess(child.pid), failed]);
    const identity = identify(pid);
    const namespace = pidNamespace(pid);
    if (identity === undefined || namespace === undefined) throw new Error("it ended at once");
    const node: NodeProcess = { ...identity, namespace };
    await connectNode(config.addresses, pid);
    writeState(paths.process, node);
    child.stdin?.end("go\n");
    failed.catch(() => undefined);
    return node;
  } catch (error) {
    failed.catch(() => undefined);
    child.kill("SIGKILL");
    throw new ClusterError(
      "part",
      `the node's namespaces cannot be made: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

// unshare forks, its child becomes process 1 of the new namespace and mounts its own /proc before it runs the script.
async function firstProcess(unshare: number | undefined): Promise<number> {
  for (let attempt = 0; unshare !== undefined && attempt < 200; attempt += 1) {
    const [child] = childrenOf(unshare);
    if (child !== undefined && pidNamespace(child) !== pidNamespace(unshare)) return child;
    await sleep(20);
  }
  throw new Error("unshare started nothing");
}
