import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cache } from "./paths.ts";
import { versions } from "./versions.ts";

/** Where the definitions of Envoy Gateway's and the Gateway API's kinds are kept. */
export const crdFolder = join(cache, "crds", `envoy-gateway-${versions.envoyGateway}`);

/**
 * Copies the custom resource definitions out of Envoy Gateway's chart into the cache.
 * @param chartFolder the chart `gateway-helm`, as the Go module carries it
 * @throws Error where the chart does not hold them
 */
export function cacheCrds(chartFolder: string): string {
  if (existsSync(crdFolder)) return crdFolder;
  const source = join(chartFolder, "charts/crds/crds");
  if (!existsSync(source)) throw new Error(`${source} is missing: not the chart of Envoy Gateway`);
  const partial = `${crdFolder}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  for (const folder of [source, join(source, "generated")]) {
    for (const name of readdirSync(folder).filter((file) => file.endsWith(".yaml"))) {
      cpSync(join(folder, name), join(partial, name));
    }
  }
  // Renamed when whole, so that a copy that was cut off is never taken for the real one.
  rmSync(crdFolder, { recursive: true, force: true });
  renameSync(partial, crdFolder);
  return crdFolder;
}
