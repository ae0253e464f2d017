// Leaving: with the registry kept, and without a trace.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { execa } from "execa";
import { afterAll, describe, expect, test } from "vitest";
import { home, isotherm, obstacle, removeCheckout, stackOutputs, suiteTitle } from "./platform.ts";

async function traces(index: number): Promise<string[]> {
  const links = (await execa("ip", ["-o", "link"])).stdout;
  const routes = (await execa("ip", ["route"])).stdout;
  const mounts = readFileSync("/proc/mounts", "utf8");
  return [
    ...[`/run/isotherm/${index}`, `/var/lib/isotherm/${index}`, home].filter(existsSync),
    ...links.split("\n").filter((line) => new RegExp(`iso\\S*${index}`).test(line)),
    ...routes.split("\n").filter((line) => line.includes(`172.31.${index}.`)),
    ...mounts.split("\n").filter((line) => line.includes(`isotherm/${index}/`)),
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
  afterAll(removeCheckout);

  test("--keep-data keeps the registry: the next start serves the same release, trained once", async () => {
    const before = await stackOutputs("dev");
    await isotherm(["down", "--keep-data"]);
    await isotherm(["start", "--json"]);
    expect((await stackOutputs("dev")).models).toEqual(before.models);
  });

  test("it leaves no process, network device, route, mount or folder behind", async () => {
    const index = await instance();
    expect(await traces(index)).not.toEqual([]);
    await isotherm(["down"]);
    expect(await traces(index)).toEqual([]);
  });
});
