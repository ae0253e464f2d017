// Leaving without a trace.
import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { home, isotherm, obstacle, suiteTitle } from "./platform.ts";

async function traces(index: number): Promise<string[]> {
  const links = (await execa("ip", ["-o", "link"])).stdout;
  const routes = (await execa("ip", ["route"])).stdout;
  const subnets = [`172.31.${index}.`, `10.244.${index}.`, `10.${96 + index}.`];
  const cgroups = globSync(`/sys/fs/cgroup/{,*/}isotherm-${index}`);
  return [
    ...[`/run/isotherm/${index}`, `/var/lib/isotherm/${index}`, home].filter(existsSync),
    ...links.split("\n").filter((line) => new RegExp(`iso\\S*${index}`).test(line)),
    ...routes.split("\n").filter((line) => subnets.some((subnet) => line.includes(subnet))),
    ...cgroups,
    ...processesNaming(`/var/lib/isotherm/${index}/`),
  ];
}

function processesNaming(text: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(text);
      } catch {
        return false;
      }
    })
    .map((pid) => `process ${pid}`);
}

async function instance(): Promise<number> {
  const { stdout } = await isotherm(["status", "--json"], { stdout: "pipe" });
  return (JSON.parse(String(stdout)) as { cluster: { index: number } }).cluster.index;
}

describe.skipIf(obstacle() !== undefined)(suiteTitle("npm run down"), () => {
  test("it leaves no process, network device, route, cgroup or folder behind", async () => {
    const index = await instance();
    expect(await traces(index)).not.toEqual([]);
    await isotherm(["down"]);
    expect(await traces(index)).toEqual([]);
  });
});
