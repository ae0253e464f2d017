import { createHash, X509Certificate } from "node:crypto";
import type { Cluster } from "@kubernetes/client-node";

/**
 * Names the embedded cluster by the key of its certificate authority: `isotherm-` and 12 hex digits of its SHA-256.
 * The key is made with the cluster's data and goes with them, so a cluster that is stopped and started again, or whose
 * certificates were renewed, is the same one, and one that was made anew is another.
 * @throws Error where the kubeconfig carries none
 */
export function embeddedIdentity(cluster: Cluster | null): string {
  if (cluster?.caData === undefined) {
    throw new Error(
      "the kubeconfig of the embedded cluster carries no certificate authority: run `npm start`, which writes it anew",
    );
  }
  const authority = new X509Certificate(Buffer.from(cluster.caData, "base64"));
  const key = authority.publicKey.export({ type: "spki", format: "der" });
  return `isotherm-${createHash("sha256").update(key).digest("hex").slice(0, 12)}`;
}
