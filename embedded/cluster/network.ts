import { execa } from "execa";
import { setTimeout as sleep } from "node:timers/promises";
import type { AddressPlan, HostRoute } from "./addresses.ts";

/** IPv4 routes and addresses of the machine. */
export async function readRoutes(): Promise<HostRoute[]> {
  const [routes, addresses] = await Promise.all([
    ip<{ dst: string; dev?: string }>("-4", "route", "show", "table", "all"),
    ip<{ ifname: string; addr_info?: { local?: string; prefixlen?: number }[] }>("-4", "addr"),
  ]);
  return [
    ...routes.map((route) => ({ destination: route.dst, device: route.dev ?? "no device" })),
    ...addresses.flatMap((link) =>
      (link.addr_info ?? []).flatMap((address) =>
        address.local === undefined
          ? []
          : [
              {
                destination: `${address.local}/${address.prefixlen ?? 32}`,
                device: link.ifname,
              },
            ],
      ),
    ),
  ];
}

/** Links host and node: a veth pair, its far end `eth0` in the namespace of `pid`, and routes to pods and services. */
export async function connectNode(plan: AddressPlan, pid: number): Promise<void> {
  await removeLink(plan);
  const link = plan.hostInterface;
  await execa("ip", [
    "link",
    "add",
    link,
    "type",
    "veth",
    "peer",
    "name",
    "eth0",
    "netns",
    `${pid}`,
  ]);
  await execa("ip", ["addr", "add", `${plan.hostAddress}/24`, "dev", link]);
  await execa("ip", ["link", "set", link, "up"]);
  for (const subnet of [plan.podSubnet, plan.serviceSubnet]) {
    await execa("ip", ["route", "replace", subnet, "via", plan.nodeAddress, "dev", link]);
  }
}

/** Removes the link, and with it its routes. Resolves to whether there was one. */
export async function removeLink(plan: AddressPlan): Promise<boolean> {
  if (!(await hasLink(plan))) return false;
  // A namespace that is just ending takes its end of the pair along: then there is nothing left to delete.
  await execa("ip", ["link", "del", plan.hostInterface], { reject: false });
  for (let attempt = 0; await hasLink(plan); attempt += 1) {
    if (attempt === 50) throw new Error(`interface ${plan.hostInterface} cannot be removed`);
    await sleep(100);
  }
  return true;
}

export async function hasLink(plan: AddressPlan): Promise<boolean> {
  return (
    (await execa("ip", ["link", "show", plan.hostInterface], { reject: false })).exitCode === 0
  );
}

async function ip<T>(...args: string[]): Promise<T[]> {
  const { stdout } = await execa("ip", ["-json", ...args]);
  return stdout.trim() === "" ? [] : (JSON.parse(stdout) as T[]);
}
