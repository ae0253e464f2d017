import { homedir } from "node:os";
import { join } from "node:path";

/** Root of the checkout. */
export const projectRoot = new URL("..", import.meta.url).pathname.replace(/\/$/, "");

/** Everything this checkout keeps for itself: state, credentials, logs. Ignored by git. */
export const home = process.env["ISOTHERM_HOME"] ?? join(projectRoot, ".isotherm");

export const homePaths = {
  pulumiHome: join(home, "pulumi"),
  state: join(home, "state"),
  passphrase: join(home, "passphrase"),
  kubeconfig: join(home, "kubeconfig"),
  images: join(home, "images.json"),
  logs: join(home, "logs"),
};

/** Tools and images shared by every checkout on the machine, keyed by version and content. */
export const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "isotherm");

/** Where instance `index` of the embedded cluster keeps its sockets and process ids (gone at reboot). */
export function runtimeDir(index: number): string {
  return `/run/isotherm/${index}`;
}

/** Where instance `index` of the embedded cluster keeps etcd, images and volumes. */
export function dataDir(index: number): string {
  return `/var/lib/isotherm/${index}`;
}
