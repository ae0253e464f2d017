import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { withoutPlatform } from "../../embedded/environment.ts";
import { checkout, ownHome } from "./platform.ts";
import { setIn } from "./stack-files.ts";

/** Context of the cluster that plays the user's own, in a kubeconfig of its own. */
export const ownContext = "own";
export const ownKubeconfig = join(checkout, ".isotherm-own.kubeconfig");

/** Images that stack files name, by role. */
export type Images = Readonly<Record<string, string>>;

/** Makes the user's own cluster beside the clone's. @returns the images that were loaded there: it has no public ones */
export async function makeOwnCluster(): Promise<Images> {
  await execa(process.execPath, [join(checkout, "test/e2e/own-cluster.ts")], {
    cwd: checkout,
    env: { ...withoutPlatform(process.env), ISOTHERM_HOME: ownHome },
    extendEnv: false,
    stdio: ["ignore", "inherit", "inherit"],
  });
  const made = readFileSync(join(ownHome, "kubeconfig"), "utf8");
  writeFileSync(ownKubeconfig, made.replaceAll(/\bisotherm\b/g, ownContext), { mode: 0o600 });
  return JSON.parse(readFileSync(join(ownHome, "images.json"), "utf8")) as Images;
}

/** Names the context in a stack file, and the images that its kind of stack takes. */
export function useOwnContext(stack: string, role: "cluster" | "environment", images: Images) {
  const roles =
    role === "cluster"
      ? ["envoy-gateway", "envoy"]
      : ["postgres", "s3", "mlflow", "training", "serving"];
  setIn(stack, ["isotherm:target"], { kind: "cluster", context: ownContext });
  setIn(stack, ["isotherm:images"], Object.fromEntries(roles.map((name) => [name, images[name]])));
}
