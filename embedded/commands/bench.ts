import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Table from "cli-table3";
import { execa } from "execa";
import { cloneProject } from "../../test/clone.ts";
import { clusterStatus } from "../cluster/index.ts";
import { useEnvironment, withoutPlatform } from "../environment.ts";
import { podUsage } from "../measure/pod-usage.ts";
import { projectRoot } from "../paths.ts";
import type { StageTiming } from "../timings.ts";
import { median } from "../measure/median.ts";

const previewRuns = 5;
const mebibyte = 1024 ** 2;
/** Namespaces of the cluster itself, which the figures of the platform leave out. */
const ownNamespaces = ["kube-system", "local-path-storage"];

/**
 * `npm run bench:start`: prints the figures of docs/figures.md. It needs a platform that is up, and leaves it up.
 * @param options.cold builds everything anew first, with a cache and a home of its own that are removed afterwards
 */
export async function bench(options: { cold?: boolean }): Promise<void> {
  if (options.cold === true) await benchCold();
  print("npm start again, nothing to do", rowsOf(await timedStart(projectRoot, {})));

  await useEnvironment(() => undefined);
  const preview = ["preview", "--stack", "dev", "--non-interactive", "--expect-no-changes"];
  const seconds: number[] = [];
  for (let run = 0; run < previewRuns; run++) {
    const began = performance.now();
    await execa("pulumi", preview, { cwd: projectRoot });
    seconds.push((performance.now() - began) / 1_000);
  }
  print(`pulumi preview --stack dev, ${previewRuns} runs`, [
    ["median", `${median(seconds).toFixed(1)} s`],
    [
      "fastest, slowest",
      `${Math.min(...seconds).toFixed(1)} s, ${Math.max(...seconds).toFixed(1)} s`,
    ],
  ]);
  await benchPods();
}

/** A clone with a cache of its own: the first start of a machine, beside the platform in use. */
async function benchCold(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "isotherm-cold-"));
  const clone = join(folder, "checkout");
  const env = { XDG_CACHE_HOME: join(folder, "cache") };
  await cloneProject(clone);
  try {
    print("npm start, empty cache", rowsOf(await timedStart(clone, env)));
    await command(clone, env, "down");
    print("npm start, tools and images in the cache", rowsOf(await timedStart(clone, env)));
  } finally {
    await command(clone, env, "down");
    await execa("chmod", ["-R", "u+w", folder]);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function benchPods(): Promise<void> {
  const { index } = await clusterStatus();
  if (index === undefined)
    throw new Error("no embedded cluster of this checkout is up: run `npm start` first");
  const pods = (await podUsage(`/isotherm-${index}`)).filter(
    ({ namespace }) => !ownNamespaces.includes(namespace),
  );
  const rows = pods.map(({ namespace, pod, anonymousBytes, cpuRequest }) => [
    `${namespace}/${pod}`,
    `${(anonymousBytes / mebibyte).toFixed(0)} MiB`,
    cpuRequest.toFixed(2),
  ]);
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
  print("pods of the platform, idle: anonymous memory, CPU requested", [
    ...rows,
    [
      "sum",
      `${(sum(pods.map((pod) => pod.anonymousBytes)) / mebibyte).toFixed(0)} MiB`,
      sum(pods.map((pod) => pod.cpuRequest)).toFixed(2),
    ],
  ]);
}

type Variables = Readonly<Record<string, string>>;

async function timedStart(checkout: string, env: Variables): Promise<StageTiming[]> {
  const line = (await command(checkout, env, "start", "--json")).trim().split("\n").at(-1) ?? "";
  return (JSON.parse(line) as { stages: StageTiming[] }).stages;
}

async function command(checkout: string, extra: Variables, ...args: string[]): Promise<string> {
  const { stdout } = await execa("node", [join(checkout, "embedded/cli.ts"), ...args], {
    cwd: checkout,
    env: { ...withoutPlatform(process.env), ...extra },
    extendEnv: false,
    stderr: "inherit",
  });
  return stdout;
}

function rowsOf(stages: readonly StageTiming[]): string[][] {
  const total = stages.reduce((sum, { seconds }) => sum + seconds, 0);
  return [...stages, { stage: "all", seconds: total }].map(({ stage, seconds }) => [
    stage,
    `${seconds.toFixed(1)} s`,
  ]);
}

function print(title: string, rows: readonly (readonly string[])[]): void {
  const table = new Table({ style: { head: [], border: [] } });
  table.push(...rows.map((row) => [...row]));
  console.log(`\n${title}\n${table.toString()}`);
}
