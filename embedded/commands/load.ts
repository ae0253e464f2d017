import { resolve } from "node:path";
import { archiveImages, importImages, runningCluster } from "../cluster/index.ts";

/**
 * `npm run load`: brings image archives into this machine's own cluster, for what no registry holds.
 * @throws Error where no cluster of this checkout runs, or an archive cannot be used
 */
export async function loadImages(archives: readonly string[]): Promise<void> {
  const cluster = runningCluster();
  if (cluster === undefined) {
    throw new Error("this checkout has no cluster that runs: `npm start` makes one");
  }
  // npm runs scripts in the checkout, wherever its user is.
  const from = process.env["INIT_CWD"] ?? process.cwd();
  const images = await Promise.all(archives.map((path) => archiveImages(resolve(from, path))));
  await importImages(cluster, images.flat(), (message) => console.error(message));
  for (const { reference } of images.flat()) console.log(reference);
}
