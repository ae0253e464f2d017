import type { Properties } from "../../shared/values.ts";
import { at, equal, isList, isProperties, objectsAt, textAt } from "../../shared/values.ts";
import type { Verdict } from "./verdict.ts";
import { condition, conditionIs, explain, failed, ready, waiting } from "./verdict.ts";

/** A Service is ready once it leads somewhere, unless nothing says where it should lead. */
export function judgeService(service: Properties, endpointSlices: readonly Properties[]): Verdict {
  if (textAt(service, "spec", "type") === "ExternalName") return ready;
  if (textAt(service, "spec", "clusterIP") === "None") return ready;
  const selector = at(service, "spec", "selector");
  if (!isProperties(selector) || Object.keys(selector).length === 0) return ready;
  const targets = endpointSlices.flatMap((slice) => objectsAt(slice, "endpoints"));
  if (!targets.some(isReachable)) {
    return waiting("waiting for pods behind the Service: none matches its selector and is ready");
  }
  if (textAt(service, "spec", "type") !== "LoadBalancer") return ready;
  const addresses = at(service, "status", "loadBalancer", "ingress");
  return isList(addresses) && addresses.length > 0
    ? ready
    : waiting("waiting for a load balancer address");
}

function isReachable(endpoint: Properties): boolean {
  const addresses = endpoint["addresses"];
  // Absent means unknown, which is to be taken as ready.
  const isReady = at(endpoint, "conditions", "ready") !== false;
  return isList(addresses) && addresses.length > 0 && isReady;
}

/**
 * A claim is ready once bound. One whose storage class binds on first use is ready while it waits for a pod: that pod
 * may well come after it in the program.
 */
export function judgeClaim(claim: Properties, storageClass: Properties | undefined): Verdict {
  const phase = textAt(claim, "status", "phase");
  if (phase === "Bound") return ready;
  if (phase === "Lost") return failed("the volume of the claim is gone");
  const bindsLater = textAt(storageClass, "volumeBindingMode") === "WaitForFirstConsumer";
  if (phase === "Pending" && bindsLater) return ready;
  return waiting(`waiting for a volume (${phase || "Pending"})`);
}

export function judgeVolume(volume: Properties): Verdict {
  const phase = textAt(volume, "status", "phase");
  return phase === "Available" || phase === "Bound"
    ? ready
    : waiting(`waiting for the volume to be available (${phase || "Pending"})`);
}

export function judgeQuota(quota: Properties): Verdict {
  return equal(at(quota, "spec", "hard") ?? {}, at(quota, "status", "hard") ?? {})
    ? ready
    : waiting("waiting for the quota to be in force");
}

/** Only the token of a service account is filled in by somebody else. */
export function judgeSecret(secret: Properties): Verdict {
  if (secret["type"] !== "kubernetes.io/service-account-token") return ready;
  const data = secret["data"];
  return isProperties(data) && Object.keys(data).length > 0
    ? ready
    : waiting("waiting for the service account's token");
}

export function judgeDefinition(definition: Properties): Verdict {
  if (conditionIs(definition, "Established", "True")) return ready;
  const names = condition(definition, "NamesAccepted");
  if (textAt(names, "status") === "False") return failed(`names not accepted: ${explain(names)}`);
  return waiting("waiting for the API server to serve the new kind");
}
