import { keys } from "../contracts/names.ts";

/** A release as the program declares it: an immutable ConfigMap with manifest, raw evidence and verdict. */
export interface ReleaseObject {
  /** Name of the ConfigMap, for messages. */
  name: string;
  labels: Readonly<Record<string, string>>;
  data: Readonly<Record<string, string>>;
}

interface ConfigMap {
  metadata?: { name?: string; labels?: Readonly<Record<string, string>> };
  data?: Readonly<Record<string, string>>;
}

const component = "model-release";

/** The release that a resource declares, or undefined where it declares something else. */
export function releaseOf(type: string, props: unknown): ReleaseObject | undefined {
  if (type !== "kubernetes:core/v1:ConfigMap") return undefined;
  const configMap = props as ConfigMap;
  const labels = configMap.metadata?.labels ?? {};
  const own = labels["app.kubernetes.io/component"];
  // Other ConfigMaps are told by their labels, which are known before their names and contents are.
  if (own !== undefined && own !== component) return undefined;
  const name = configMap.metadata?.name ?? "";
  if (own === undefined && !name.startsWith("release-")) return undefined;
  return {
    name: name === "" ? "a release without a name" : name,
    labels,
    data: configMap.data ?? {},
  };
}

/** The model that a release is of, by its label. */
export function modelOf({ labels }: ReleaseObject): string | undefined {
  return labels[keys.model];
}
