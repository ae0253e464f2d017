import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { execa, type Options, type ResultPromise } from "execa";
import { withoutPlatform } from "../../embedded/environment.ts";
import { projectRoot } from "../../embedded/paths.ts";
import { cloneProject } from "../clone.ts";

/** A clone of this checkout with a home and a cluster of its own, beside the platform that a person may use here. */
export const checkout = join(projectRoot, ".isotherm-e2e");
export const home = join(checkout, ".isotherm");
export const kubeconfig = join(home, "kubeconfig");
const ownPrefix = ".isotherm-own";
/** Home of a cluster that plays one of the user's. @param name of several */
export const ownHome = (name = "") => join(checkout, ownPrefix + name);

/** Makes the clone, with what is not committed yet on top; a platform that an earlier run left in it is removed. */
export async function cloneCheckout(): Promise<void> {
  await removeCheckout();
  await cloneProject(checkout);
}

export async function removeCheckout(): Promise<void> {
  await removeOwnClusters();
  if (existsSync(home)) await isotherm(["down"]);
  rmSync(checkout, { recursive: true, force: true });
}

/** Removes the user's clusters, and what the stack files say of them: without them, nothing could be destroyed there. */
export async function removeOwnClusters(): Promise<void> {
  if (!existsSync(checkout)) return;
  const entries = readdirSync(checkout, { withFileTypes: true });
  const own = entries.filter((entry) => entry.isDirectory() && entry.name.startsWith(ownPrefix));
  if (own.length === 0) return;
  for (const { name } of own) {
    const ISOTHERM_HOME = join(checkout, name);
    await isotherm(["down"], { env: { ...withoutPlatform(process.env), ISOTHERM_HOME } });
  }
  await execa("git", ["checkout", "--quiet", "--", "stacks"], { cwd: checkout });
}

/** Why the machine cannot run the embedded cluster, or undefined. */
export function obstacle(): string | undefined {
  if (process.platform !== "linux" || process.arch !== "x64") return "not Linux on x64";
  if (process.getuid?.() !== 0) return "not root";
  return undefined;
}

/** Title of a suite that says why it is skipped, where it is. */
export function suiteTitle(title: string): string {
  const reason = obstacle();
  return reason === undefined ? title : `${title} (needs the embedded cluster: ${reason})`;
}

/** Runs one of our commands, such as `start`, as npm would. Output is shown as it comes. */
export function isotherm(args: readonly string[], options: Options = {}): ResultPromise {
  return execa("node", [join(checkout, "embedded/bootstrap.mjs"), ...args], {
    ...inCheckout(),
    stdin: "ignore",
    stdout: ["pipe", "inherit"],
    stderr: ["pipe", "inherit"],
    ...options,
  });
}

/** In the clone, and in nobody else's platform. */
function inCheckout() {
  return { cwd: checkout, env: withoutPlatform(process.env), extendEnv: false } as const;
}

let exports: string | undefined;

/** Runs a shell line as a user does after `eval "$(npm run -s env)"`. */
export async function shell(line: string): Promise<string> {
  return (await outcome(line, { reject: true })).output;
}

export interface Outcome {
  exitCode: number | undefined;
  /** Of both streams, where the line may fail. */
  output: string;
}

/**
 * The same for a line that may fail.
 * @param options.started is handed the process once it runs
 */
export async function outcome(
  line: string,
  { reject = false, started }: { reject?: boolean; started?: (pid: number) => void } = {},
): Promise<Outcome> {
  const environment = [join(checkout, "embedded/bootstrap.mjs"), "env"];
  exports ??= (await execa("node", environment, inCheckout())).stdout;
  const options = { ...inCheckout(), reject, all: true } as const;
  const running = execa("bash", ["-euc", `${exports}\n${line}`], options);
  if (running.pid !== undefined) started?.(running.pid);
  const { exitCode, stdout, all } = await running;
  return { exitCode, output: reject ? stdout : all };
}

export interface StackOutputs {
  apiKey: string;
  namespace: string;
  /** Where the gateway speaks gRPC: host and port. */
  grpc: string;
  models: Record<string, { url: string; release: string; version: string; workload: string }>;
}

export async function stackOutputs(stack: string): Promise<StackOutputs> {
  return JSON.parse(
    await shell(`pulumi stack output --json --show-secrets --stack ${stack}`),
  ) as StackOutputs;
}

export const wineRow = [13.2, 1.78, 2.14, 11.2, 100, 2.65, 2.76, 0.26, 1.28, 4.38, 1.05, 3.4, 1050];

/** Asks a served model about one bottle of wine through its gateway. */
export async function askWine(
  outputs: StackOutputs,
  apiKey = outputs.apiKey,
  model = "wine",
  more: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const url = outputs.models[model]?.url;
  return fetch(`${url}/predict`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-api-key": apiKey, ...more },
    body: JSON.stringify({ instances: [wineRow] }),
    signal: AbortSignal.timeout(10_000),
  });
}
