import { keys } from "../../contracts/names.ts";

/** Labels are made of the same few facts everywhere. */
export interface Identity {
  /** What the software is: `postgres`, `model-server`. */
  name: string;
  /** Which of them this is, unique in the namespace: `wine-blue`. */
  instance: string;
  /** What it is for, and the name that network rules use: `database`. */
  component: string;
  environment: string;
  version?: string;
}

export type Labels = Record<string, string>;

/** Labels that select a workload's pods: they never change while it lives. */
export function selectorLabels(identity: Identity): Labels {
  return {
    "app.kubernetes.io/name": identity.name,
    "app.kubernetes.io/instance": identity.instance,
    "app.kubernetes.io/component": identity.component,
    "app.kubernetes.io/part-of": "isotherm",
    [keys.environment]: identity.environment,
  };
}

/** All labels of an object: the selector and the version. */
export function objectLabels(identity: Identity): Labels {
  const labels = selectorLabels(identity);
  if (identity.version !== undefined) labels["app.kubernetes.io/version"] = identity.version;
  return labels;
}

/** The label by which network rules know a pod. */
export function componentLabels(component: string): Labels {
  return { "app.kubernetes.io/component": component };
}
