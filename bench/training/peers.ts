import { fileURLToPath } from "node:url";
import { peerPython } from "../python-peer.ts";

/** A Python that makes our step with another library, and its program. */
export interface Peer {
  python: string;
  program: string;
}

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** JAX and PyTorch; undefined, and the reason said, where one cannot be installed. */
export async function heatPeers(): Promise<{ jax: Peer | undefined; torch: Peer | undefined }> {
  return { jax: await peer("jax", "JAX"), torch: await peer("torch", "PyTorch (5 GB)") };
}

async function peer(folder: string, title: string): Promise<Peer | undefined> {
  const found = await peerPython(folder, path(`./${folder}/requirements.txt`));
  if ("python" in found) return { python: found.python, program: path(`./${folder}/heat_step.py`) };
  console.log(`heat-steps: ${title} cannot be installed here: ${found.missing}`);
  return undefined;
}
