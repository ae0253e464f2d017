import { fileURLToPath } from "node:url";
import { peerPython } from "./python-peer.ts";

const requirements = fileURLToPath(new URL("./jax/requirements.txt", import.meta.url));
export const jaxStep = fileURLToPath(new URL("./jax/heat_step.py", import.meta.url));

/** Python with JAX; or the reason, where it cannot be installed. */
export function jaxPython(): Promise<{ python: string } | { missing: string }> {
  return peerPython("jax", requirements);
}
