import { atLeast } from "./version.ts";

/** A Debian package that set-up needs, with the oldest version known to do. */
export interface DebianPackage {
  name: string;
  minimum: string;
}

/**
 * Unpacked into the cache and run from there, never installed: as installed packages most of them would
 * start services and enable units of their own.
 */
export const unpacked: readonly DebianPackage[] = [
  { name: "etcd-server", minimum: "3.4.23" },
  { name: "containerd", minimum: "1.6.20" },
  { name: "runc", minimum: "1.1.5" },
  { name: "containernetworking-plugins", minimum: "1.1.1" },
  { name: "busybox-static", minimum: "1.35.0" },
  { name: "python3-pip-whl", minimum: "23.0" },
];

/** Tools without services, installed only where the command is missing. */
export const installed: readonly (DebianPackage & { command: string })[] = [
  { name: "nftables", minimum: "1.0.6", command: "nft" },
  { name: "conntrack", minimum: "1.4.7", command: "conntrack" },
  { name: "socat", minimum: "1.7.4", command: "socat" },
  { name: "ethtool", minimum: "6.1", command: "ethtool" },
  { name: "iptables", minimum: "1.8.9", command: "iptables" },
  { name: "iproute2", minimum: "6.1", command: "ip" },
  { name: "util-linux", minimum: "2.38", command: "nsenter" },
  { name: "mmdebstrap", minimum: "1.3.5", command: "mmdebstrap" },
  { name: "buildah", minimum: "1.28.2", command: "buildah" },
  { name: "python3", minimum: "3.10", command: "python3" },
];

/** The field `key` of an os-release file. */
export function osRelease(text: string, key: string): string | undefined {
  return new RegExp(`^${key}="?([^"\n]*)"?$`, "m").exec(text)?.[1];
}

/** Why this machine's Debian cannot be used, or undefined where it can. `text` is its os-release file. */
export function suiteFault(text: string, suite: string): string | undefined {
  const id = osRelease(text, "ID");
  const found = osRelease(text, "VERSION_CODENAME");
  if (id === "debian" && found === suite) return undefined;
  const name = osRelease(text, "PRETTY_NAME") ?? "an unknown system";
  return (
    `The embedded cluster is made from Debian ${suite} packages, and this machine runs ${name}.` +
    " Use a Debian 12 machine, or name a Kubernetes context of your own in the stack file."
  );
}

/** A Debian version without its epoch, as in `1:4.13+dfsg1-1`. */
export function upstream(version: string): string {
  return version.replace(/^\d+:/, "");
}

/** What to tell about a package that is too old, or undefined. */
export function minimumFault(wanted: DebianPackage, found: string): string | undefined {
  if (atLeast(upstream(found), wanted.minimum)) return undefined;
  return (
    `Debian offers ${wanted.name} ${found}, and at least ${wanted.minimum} is needed.` +
    " Run apt-get update, and check that the machine's package sources are those of its own suite."
  );
}

/** What `apt-get -s` says it would do: `Inst` and `Remv` lines by package name; the old version where one is replaced. */
export function parseSimulation(text: string): {
  install: { name: string; version: string; replaces?: string }[];
  remove: string[];
} {
  const install: { name: string; version: string; replaces?: string }[] = [];
  const remove: string[] = [];
  for (const line of text.split("\n")) {
    const inst = /^Inst (\S+) (?:\[(\S+)\] )?\((\S+) /.exec(line);
    if (inst !== null) {
      const [, name = "", replaces, version = ""] = inst;
      install.push(replaces === undefined ? { name, version } : { name, version, replaces });
    }
    const remv = /^(?:Remv|Purg) (\S+)/.exec(line);
    if (remv?.[1] !== undefined) remove.push(remv[1]);
  }
  return { install, remove };
}
