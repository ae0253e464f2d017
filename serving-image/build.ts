import { join } from "node:path";
import { bundleImage } from "../build/bundle-image.ts";

const room = import.meta.dirname;

/** Bundles the server into `dist/`, which the image copies to `/app`. */
export async function build(): Promise<void> {
  await bundleImage({ entries: { server: join(room, "server.ts") }, dist: join(room, "dist") });
}

if (import.meta.main) await build();
