import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Root of the checkout. */
export const projectRoot = resolve(fileURLToPath(new URL("..", import.meta.url)));

/** Everything this checkout keeps for itself: state, credentials, logs. Ignored by git. A relative name counts from the root. */
export const home = resolve(projectRoot, process.env["ISOTHERM_HOME"] || ".isotherm");

export const homePaths = {
  pulumiHome: join(home, "pulumi"),
  state: join(home, "state"),
  passphrase: join(home, "passphrase"),
  kubeconfig: join(home, "kubeconfig"),
  images: join(home, "images.json"),
  compiled: join(home, "compiled"),
  logs: join(home, "logs"),
};

/** Path of a stack's file, relative to the project. */
export function stackFile(name: string): string {
  return join("stacks", `Pulumi.${name}.yaml`);
}

/** Tools and images shared by every checkout on the machine, keyed by version and content. */
export const cache = resolve(
  projectRoot,
  process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"),
  "isotherm",
);

/** Where instance `index` of the embedded cluster keeps its sockets and process ids (gone at reboot). */
export function runtimeDir(index: number): string {
  return `/run/isotherm/${index}`;
}

/** Where instance `index` of the embedded cluster keeps etcd, images and volumes. */
export function dataDir(index: number): string {
  return `/var/lib/isotherm/${index}`;
}
