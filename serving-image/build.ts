import { join } from "node:path";
import { bundleImage } from "../build/bundle-image.ts";

const room = import.meta.dirname;

/** Bundles the server into `dist/`, which the image copies to `/app`. */
export async function build(): Promise<void> {
  await bundleImage({
    entry: join(room, "server.ts"),
    outFile: "server.js",
    outDir: join(room, "dist"),
  });
}

if (import.meta.main) await build();
