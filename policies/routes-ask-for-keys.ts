import { dirname } from "node:path/posix";
import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { apiKeysPath } from "../contracts/names.ts";
import { enforcementLevel } from "./enforcement.ts";
import { containersOf } from "./pods.ts";
import { placeOf, runsPodsWith } from "./selectors.ts";
import { judgeEach } from "./unknown.ts";

export const routesAskForKeys: StackValidationPolicy = {
  name: "routes-ask-for-keys",
  description:
    "What the gateway leads to the outside asks for an API key: the servers have the keys' digests, or the route has a SecurityPolicy.",
  enforcementLevel,
  validateStack: ({ resources }, report) => {
    judgeEach(resources, (route) => {
      if (!isRoute(route) || isSecured(route, resources)) return;
      judgeEach(backendsOf(route), (service) => {
        const fault = serviceFault(service, route, resources);
        if (fault !== undefined) {
          const kind = route.type.split(":").at(-1);
          report(`${kind} ${placeOf(route).name}: Service ${service} ${fault}`, route.urn);
        }
      });
    });
  },
};

interface RouteSpec {
  rules?: readonly { backendRefs?: readonly { name?: string }[] }[];
}

function isRoute({ type }: PolicyResource): boolean {
  return /^kubernetes:gateway\.networking\.k8s\.io\/[^:]+:\w+Route$/.test(type);
}

/** Names of the Services that a route leads to, each once. */
function backendsOf({ props }: PolicyResource): Set<string> {
  const { spec } = props as { spec?: RouteSpec };
  const refs = (spec?.rules ?? []).flatMap(({ backendRefs = [] }) => backendRefs);
  return new Set(refs.map(({ name = "" }) => name));
}

/** Whether Envoy Gateway asks in the servers' place. */
function isSecured(route: PolicyResource, resources: readonly PolicyResource[]): boolean {
  const { name, namespace } = placeOf(route);
  const kind = route.type.split(":").at(-1);
  return resources.some((resource) => {
    if (!/^kubernetes:gateway\.envoyproxy\.io\/[^:]+:SecurityPolicy$/.test(resource.type))
      return false;
    const { spec } = resource.props as {
      spec?: Readonly<Record<string, unknown>> & {
        targetRefs?: readonly { kind?: string; name?: string }[];
      };
    };
    const asks = ["apiKeyAuth", "jwt", "oidc", "basicAuth", "extAuth"].some(
      (method) => spec?.[method] !== undefined,
    );
    const targets = spec?.targetRefs ?? [];
    return (
      asks &&
      placeOf(resource).namespace === namespace &&
      targets.some((target) => target.kind === kind && target.name === name)
    );
  });
}

function serviceFault(
  service: string,
  route: PolicyResource,
  resources: readonly PolicyResource[],
): string | undefined {
  const { namespace } = placeOf(route);
  const declared = resources.find(
    (resource) =>
      resource.type === "kubernetes:core/v1:Service" &&
      placeOf(resource).name === service &&
      placeOf(resource).namespace === namespace,
  );
  if (declared === undefined) return "is not declared, so that nobody knows who answers";
  const { spec } = declared.props as { spec?: { selector?: Readonly<Record<string, string>> } };
  const servers = resources.filter(
    (resource) =>
      placeOf(resource).namespace === namespace && runsPodsWith(resource, spec?.selector),
  );
  if (servers.length === 0)
    return "selects nothing that is declared, so that nobody knows who answers";
  return servers.every(hasKeys) ? undefined : "leads to servers that ask for no key";
}

function hasKeys({ type, props }: PolicyResource): boolean {
  return containersOf(type, props).some(({ volumeMounts = [] }) =>
    volumeMounts.some(({ mountPath }) => mountPath === dirname(apiKeysPath)),
  );
}
