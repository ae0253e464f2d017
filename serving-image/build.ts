import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleImage } from "../build/bundle-image.ts";

const room = fileURLToPath(new URL(".", import.meta.url));

/**
 * Bundles the server and everything it needs into a folder, which the image copies to `/app`.
 * @param dist default `serving-image/dist`
 * @throws Error where a source does not bundle or a package is not installed
 */
export async function build(dist = join(room, "dist")): Promise<void> {
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
  });
}

if (import.meta.main) await build();
