import { dirname, join } from "node:path";
import { cgroupName, type NodeConfig } from "./node-config.ts";

// The kubelet writes these when they differ. They belong to the whole machine, so it is shown files of ours that
// already hold what it wants.
const kubeletSysctls: Readonly<Record<string, string>> = {
  "vm/overcommit_memory": "1",
  "vm/panic_on_oom": "0",
  "kernel/panic": "10",
  "kernel/panic_on_oops": "1",
  "kernel/keys/root_maxkeys": "1000000",
  "kernel/keys/root_maxbytes": "25000000",
};

/** Folders that the node gets an empty one of its own for, so that the machine's stay as they are. */
const coveredFolders = ["/run", "/var/lib"];

/**
 * The shell script that is process 1 of the node's namespaces: it waits for "go" (whoever made it has then recorded it
 * and attached the network), arranges mounts, network and cgroups, starts the supervisor and reaps orphans until
 * the supervisor ends, which ends everything in the namespace.
 */
export function initScript(config: NodeConfig, node: string, supervisor: string): string {
  const { addresses } = config;
  const stage = join(config.data, "stage");
  const needed = [
    config.run,
    config.data,
    config.home,
    config.logs,
    config.checkout,
    dirname(node),
    ...toolPaths(config),
  ];
  return `set -eu
export PATH=${quote(config.path)}
umask 022
read -r go || exit 0

# -n: mount keeps notes in /run/mount, which are the machine's.
stage=${quote(stage)}
mkdir -p "$stage" ${quote(join(config.data, "log", "pods"))}
cover() {
  folder=$1; shift
  mount -n -t tmpfs -o mode=0755 isotherm "$stage"
  for kept in "$@"; do mkdir -p "$stage/$kept"; mount -n --bind "$folder/$kept" "$stage/$kept"; done
  mount -n --move "$stage" "$folder"
}
mount -n --bind ${quote(join(config.data, "log"))} /var/log
${coveredFolders.map((folder) => ["cover", folder, ...keptBelow(folder, needed)].map(quote).join(" ")).join("\n")}

# A new sysfs shows the node's own network devices; cgroups are mounted below it.
mkdir /run/cgroup
mount -n --rbind /sys/fs/cgroup /run/cgroup
mount -n -t sysfs sysfs /sys
mount -n --rbind /run/cgroup /sys/fs/cgroup
umount -n -R /run/cgroup

mkdir -p /run/sysctl /run/lock
${Object.entries(kubeletSysctls)
  .map(([name, value]) => {
    const file = quote(join("/run/sysctl", name.replaceAll("/", ".")));
    return `echo ${value} > ${file}; mount -n --bind ${file} /proc/sys/${name}`;
  })
  .join("\n")}
mount -n --make-rshared /

hostname ${config.nodeName}
for group in /sys/fs/cgroup/${cgroupName(config.index)}/node /sys/fs/cgroup/*/${cgroupName(config.index)}/node; do
  [ ! -d "$group" ] || echo 0 > "$group/cgroup.procs"
done

ip link set lo up
ip link set eth0 up
ip addr add ${addresses.nodeAddress}/24 dev eth0
echo 1 > /proc/sys/net/ipv4/ip_forward
[ ! -e /proc/sys/net/bridge/bridge-nf-call-iptables ] || echo 1 > /proc/sys/net/bridge/bridge-nf-call-iptables

${quote(node)} ${quote(supervisor)} ${quote(config.run)} < /dev/null &
wait $!
`;
}

function toolPaths({ tools }: NodeConfig): string[] {
  const files = [
    tools.kube,
    tools.etcd,
    tools.containerd,
    tools.containerdShim,
    tools.runc,
    tools.nft,
  ];
  return [tools.cniBin, ...files.filter((file) => file !== undefined).map((file) => dirname(file))];
}

/** Shortest set of folders below `folder` that hold every needed path, relative to it. */
export function keptBelow(folder: string, needed: readonly string[]): string[] {
  const inside = needed
    .filter((path) => path.startsWith(`${folder}/`))
    .map((path) => path.slice(folder.length + 1));
  return [...new Set(inside)]
    .filter((path) => !inside.some((other) => other !== path && path.startsWith(`${other}/`)))
    .sort();
}

/** A word of the shell, whatever is in it. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
