import type { Provider } from "@pulumi/kubernetes/provider.js";
import type { ReleaseReader } from "../../contracts/release-store.ts";
import type { Images } from "../images.ts";
import type { Live } from "../live.ts";
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

/** The releases of an environment's object store, which servers load, as long as they are open. */
export interface OpenReleases {
  reader: Pick<ReleaseReader, "manifest" | "file">;
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
   * @param features that the class must report, by the Gateway API's names
   * @throws pulumi.RunError where the class or one of the features is missing
   */
  requireGatewayClass(name: string, features: readonly string[]): Promise<void>;
  /**
   * Makes sure that the cluster measures how much CPU its pods use, which an autoscaler needs.
   * @throws pulumi.RunError where it does not
   */
  requireMetrics(): Promise<void>;
  /**
   * Makes sure that nobody else measures that already: two would take the same API from each other.
   * @throws pulumi.RunError that names who does
   */
  requireNoOtherMetrics(): Promise<void>;
  /** Whether the cluster holds everybody, kubectl too, to the releases that an environment approved. */
  hasAdmission(): Promise<boolean>;
  /**
   * Reads what a namespace serves and admitted.
   * @throws pulumi.RunError where the cluster does not answer
   */
  readLive(namespace: string): Promise<Live>;
  /** Opens a pod's port, chosen by labels, without a public endpoint. */
  openTunnel(
    namespace: string,
    labels: Readonly<Record<string, string>>,
    port: number,
  ): Promise<Tunnel>;
  /** Opens the releases in the object store of an environment. */
  openReleases(namespace: string, environment: string): Promise<OpenReleases>;
}
