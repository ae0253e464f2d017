import type { Provider } from "@pulumi/kubernetes/provider.js";
import type { Images } from "../images.ts";
import type { ImageRole } from "../schema.ts";

/** A Kubernetes object as its own files write it. */
export interface CrdManifest {
  apiVersion: string;
  kind: "CustomResourceDefinition";
  metadata: { name: string; annotations?: Record<string, string>; labels?: Record<string, string> };
  spec: Record<string, unknown>;
}

/** A way into a pod's port from where the program runs. */
export interface Tunnel {
  /** Base URL on this machine. */
  url: string;
  close(): void;
}

/** What an environment needs to know of the place it runs in. One interface, an answer a place. */
export interface Target<Role extends ImageRole> {
  provider: Provider;
  /** Undefined means the cluster's default. */
  storageClass: string | undefined;
  images: Images<Role>;
  /** Definitions of the gateway's kinds, for the stack that owns them. */
  crds(): CrdManifest[];
  /**
   * Makes sure that stack `cluster` was here.
   * @throws pulumi.RunError where the class is missing
   */
  requireGatewayClass(name: string): Promise<void>;
  /** Opens a pod's port, chosen by labels, without a public endpoint. */
  openTunnel(
    namespace: string,
    labels: Readonly<Record<string, string>>,
    port: number,
  ): Promise<Tunnel>;
}
