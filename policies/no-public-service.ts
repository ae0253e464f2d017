import type { ResourceValidationPolicy } from "@pulumi/policy";
import { z } from "zod";
import { enforcementLevel } from "./enforcement.ts";
import { settings } from "./settings.ts";

const { configSchema, read } = settings({
  allowed: z
    .array(z.string())
    .default([])
    .describe("`<namespace>/<name>` of Services and Ingresses that may be reached from outside"),
});

export const noPublicService: ResourceValidationPolicy = {
  name: "no-public-service",
  description: "Nothing but the gateway is reached from outside the cluster.",
  enforcementLevel,
  configSchema,
  validateResource: (args, report) => {
    const exposure = exposureOf(args.type, args.props);
    if (exposure === undefined) return;
    const { metadata } = args.props as { metadata?: { namespace?: string; name?: string } };
    const name = `${metadata?.namespace ?? "default"}/${metadata?.name ?? args.name}`;
    if (read(args).allowed.includes(name)) return;
    report(`${args.type.split(":").at(-1)} ${name}: ${exposure}; give it a route of the gateway`);
  },
};

interface ServiceSpec {
  type?: string;
  externalIPs?: readonly string[];
}

/** How an object is reached from outside, or undefined. */
export function exposureOf(type: string, props: unknown): string | undefined {
  const [provider, group = "", kind = ""] = type.split(":");
  if (provider !== "kubernetes") return undefined;
  if (kind === "Ingress" && group.startsWith("networking.k8s.io/")) return "is public";
  if (kind !== "Service" || group !== "core/v1") return undefined;
  const { spec } = props as { spec?: ServiceSpec };
  if (spec?.type === "LoadBalancer" || spec?.type === "NodePort") return `is a ${spec.type}`;
  return (spec?.externalIPs ?? []).length > 0 ? "has external addresses" : undefined;
}
