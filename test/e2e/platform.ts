import { execa, type Options, type ResultPromise } from "execa";
import { join } from "node:path";
import { homePaths, projectRoot } from "../../embedded/paths.ts";

/** The platform of the end-to-end tests: a home and a cluster of its own, beside the one that a person uses. */
export const home = join(projectRoot, ".isotherm-e2e");

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

export function kubeconfig(): string {
  return homePaths.kubeconfig.replace(/^.*\/([^/]+)$/, `${home}/$1`);
}

/** Runs one of our commands, such as `start`, as npm would. Output is shown as it comes. */
export function isotherm(args: readonly string[], options: Options = {}): ResultPromise {
  return execa("node", [join(projectRoot, "embedded/bootstrap.mjs"), ...args], {
    cwd: projectRoot,
    env: { ISOTHERM_HOME: home },
    stdin: "ignore",
    stdout: ["pipe", "inherit"],
    stderr: ["pipe", "inherit"],
    ...options,
  });
}

let environment: Record<string, string> | undefined;

/** Runs a shell line as a user does after `eval "$(npm run -s env)"`. */
export async function shell(line: string): Promise<string> {
  if (environment === undefined) {
    const result = await execa("node", [join(projectRoot, "embedded/bootstrap.mjs"), "env"], {
      cwd: projectRoot,
      env: { ISOTHERM_HOME: home },
    });
    environment = { exports: result.stdout };
  }
  const { stdout } = await execa("bash", ["-euc", `${environment["exports"]}\n${line}`], {
    cwd: projectRoot,
    env: { ISOTHERM_HOME: home },
  });
  return stdout;
}

export interface StackOutputs {
  apiKey: string;
  namespace: string;
  models: Record<string, { url: string; release: string; version: string; workload: string }>;
}

export async function stackOutputs(stack: string): Promise<StackOutputs> {
  return JSON.parse(
    await shell(`pulumi stack output --json --show-secrets --stack ${stack}`),
  ) as StackOutputs;
}

export const wineRow = [13.2, 1.78, 2.14, 11.2, 100, 2.65, 2.76, 0.26, 1.28, 4.38, 1.05, 3.4, 1050];

/** Asks a served model for one prediction through its gateway. */
export async function askWine(outputs: StackOutputs, apiKey = outputs.apiKey): Promise<Response> {
  const url = outputs.models["wine"]?.url;
  return fetch(`${url}/predict`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-api-key": apiKey },
    body: JSON.stringify({ instances: [wineRow] }),
    signal: AbortSignal.timeout(10_000),
  });
}
