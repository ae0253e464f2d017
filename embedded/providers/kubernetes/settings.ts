import type { Properties, Value } from "../shared/values.ts";
import { equal, isProperties, Secret, reveal, Unknown } from "../shared/values.ts";
import type { KubeConfig, Overrides } from "./kubeconfig.ts";
import { activeCluster, loadKubeConfig, sameCluster } from "./kubeconfig.ts";
import type { Mutability } from "./replace-table.ts";

/** The configuration of a provider, read once. */
export interface Settings {
  readonly kubeconfig: string;
  readonly overrides: Overrides;
  readonly mutable: Mutability;
  readonly deleteUnreachable: boolean;
  readonly skipUpdateUnreachable: boolean;
}

export type Failure = { readonly property: string; readonly reason: string };

/** What a provider configuration asks for that this stand-in cannot do. */
export function checkSettings(inputs: Properties): Failure[] {
  const failures: Failure[] = [];
  const isOn = (key: string): boolean => {
    const value = reveal(inputs[key] ?? null);
    return value === true || (typeof value === "string" && value !== "" && value !== "false");
  };
  if (isOn("renderYamlToDirectory")) {
    failures.push({
      property: "renderYamlToDirectory",
      reason:
        "rendering to YAML is not supported by this stand-in provider; install the official kubernetes plugin",
    });
  }
  const apply = reveal(inputs["enableServerSideApply"] ?? true);
  if (apply === false || apply === "false") {
    failures.push({
      property: "enableServerSideApply",
      reason: "client-side apply is not supported by this stand-in provider; leave the option out",
    });
  }
  return failures;
}

/** Reads the configuration the engine sends: strings by name, options also from the environment. */
export function readSettings(variables: ReadonlyMap<string, string>): Settings {
  const text = (name: string): string => variables.get(`kubernetes:config:${name}`) ?? "";
  const flag = (name: string, environment: string): boolean =>
    (variables.get(`kubernetes:config:${name}`) ?? process.env[environment] ?? "false") === "true";
  return {
    kubeconfig: text("kubeconfig"),
    overrides: {
      context: text("context"),
      cluster: text("cluster"),
      namespace: text("namespace"),
    },
    mutable: {
      secrets: flag("enableSecretMutable", "PULUMI_K8S_ENABLE_SECRET_MUTABLE"),
      configMaps: flag("enableConfigMapMutable", "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE"),
    },
    deleteUnreachable: flag("deleteUnreachable", "PULUMI_K8S_DELETE_UNREACHABLE"),
    skipUpdateUnreachable: flag("skipUpdateUnreachable", "PULUMI_K8S_SKIP_UPDATE_UNREACHABLE"),
  };
}

const identifier = "clusterIdentifier";
const clusterKeys = ["kubeconfig", "context", "cluster"];

/**
 * What a changed provider configuration means: `replaces` lists what makes every resource of it be replaced. That is
 * another cluster, told by `clusterIdentifier` where it is set, else by the active cluster of the kubeconfig.
 */
export function diffSettings(
  olds: Properties,
  news: Properties,
): { changed: string[]; replaces: string[] } {
  const keys = [...new Set([...Object.keys(olds), ...Object.keys(news)])];
  const changed = keys.filter((key) => !equal(olds[key], news[key]));
  if (changed.length === 0) return { changed, replaces: [] };

  const pinned = news[identifier] !== undefined && !changed.includes(identifier);
  const replaces = new Set<string>();
  if (changed.includes(identifier) && identifier in olds && identifier in news) {
    replaces.add(identifier);
  }
  if (changed.includes("renderYamlToDirectory")) replaces.add("renderYamlToDirectory");
  if (leadsElsewhere(olds, news)) {
    for (const key of clusterKeys) if (changed.includes(key)) replaces.add(key);
  }
  return { changed, replaces: pinned ? [] : [...replaces] };
}

function leadsElsewhere(olds: Properties, news: Properties): boolean {
  // What is not known yet may well be another cluster.
  if (clusterKeys.some((key) => unwrap(news[key]) instanceof Unknown)) return true;
  const [before, after] = [olds, news].map((settings) => {
    const config = configOf(settings["kubeconfig"]);
    const overrides = { context: word(settings, "context"), cluster: word(settings, "cluster") };
    return config && activeCluster(config, overrides);
  });
  return before !== undefined && after !== undefined && !sameCluster(before, after);
}

function unwrap(value: Value | undefined): Value | undefined {
  return value instanceof Secret ? value.value : value;
}

function word(settings: Properties, key: string): string {
  const value = unwrap(settings[key]);
  return typeof value === "string" ? value : "";
}

/** The kubeconfig a setting holds or names; undefined where it is the machine's own or cannot be read any more. */
function configOf(value: Value | undefined): KubeConfig | undefined {
  const text = kubeconfigText(value);
  try {
    return text === "" ? undefined : loadKubeConfig(text);
  } catch {
    return undefined;
  }
}

function kubeconfigText(value: Value | undefined): string {
  const given = value === undefined ? "" : reveal(value);
  if (isProperties(given)) return JSON.stringify(given);
  return typeof given === "string" ? given : "";
}
