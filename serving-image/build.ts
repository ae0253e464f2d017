import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleImage, type ImageBundle } from "../build/bundle-image.ts";

const room = fileURLToPath(new URL(".", import.meta.url));

/**
 * Bundles the server and everything it needs into a folder, which the image copies to `/app`.
 * @param dist default `serving-image/dist`
 * @param arch processor of the image; default this machine's
 * @throws Error where a source does not bundle or a package is not installed
 */
export async function build(dist = join(room, "dist"), arch?: ImageBundle["arch"]): Promise<void> {
  await bundleImage({
    entries: {
      server: join(room, "main.ts"),
      // A program of its own: what keeps an environment's ledger.
      record: join(room, "record.ts"),
      // Started by the server as threads of their own, by this name.
      "inference-worker": join(room, "src/model/run/inference-worker.ts"),
      "observer-thread": join(room, "src/observer/observer-thread.ts"),
    },
    dist,
    ...(arch === undefined ? {} : { arch }),
  });
}

if (import.meta.main) {
  const [arch] = process.argv.slice(2);
  if (arch !== undefined && arch !== "x64" && arch !== "arm64") {
    throw new Error(`'${arch}' is no processor that the runtime comes for: x64 or arm64`);
  }
  await build(undefined, arch);
}
