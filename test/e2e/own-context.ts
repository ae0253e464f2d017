import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { withoutPlatform } from "../../embedded/environment.ts";
import { checkout, ownHome } from "./platform.ts";
import { setIn } from "./stack-files.ts";

/** The kubeconfig of a cluster that plays one of the user's; `own` and the cluster's name is its context. */
export const ownKubeconfig = (name = "") => `${ownHome(name)}.kubeconfig`;

/** Images that stack files name, by role. */
export type Images = Readonly<Record<string, string>>;

/**
 * Makes one of the user's clusters beside the clone's.
 * @param name of several
 * @returns the images that were loaded there: it has no public ones
 */
export async function makeOwnCluster(name = ""): Promise<Images> {
  const home = ownHome(name);
  await execa(process.execPath, [join(checkout, "test/e2e/own-cluster.ts")], {
    cwd: checkout,
    env: { ...withoutPlatform(process.env), ISOTHERM_HOME: home },
    extendEnv: false,
    stdio: ["ignore", "inherit", "inherit"],
  });
  const made = readFileSync(join(home, "kubeconfig"), "utf8");
  const named = made.replaceAll(/\bisotherm\b/g, `own${name}`);
  writeFileSync(ownKubeconfig(name), named, { mode: 0o600 });
  return JSON.parse(readFileSync(join(home, "images.json"), "utf8")) as Images;
}

/** Names the context in a stack file, and the images that its kind of stack takes. */
export function useOwnContext(
  stack: string,
  role: "cluster" | "environment",
  images: Images,
  name = "",
): void {
  const roles =
    role === "cluster"
      ? ["envoy-gateway", "envoy"]
      : ["postgres", "s3", "mlflow", "training", "serving"];
  setIn(stack, ["isotherm:target"], { kind: "cluster", context: `own${name}` });
  setIn(stack, ["isotherm:images"], Object.fromEntries(roles.map((name) => [name, images[name]])));
}
