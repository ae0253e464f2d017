import type { ResourceValidationPolicy } from "@pulumi/policy";
import { z } from "zod";
import { enforcementLevel } from "./enforcement.ts";
import { settings } from "./settings.ts";

const enforce = "pod-security.kubernetes.io/enforce";

const { configSchema, read } = settings({
  except: z
    .array(z.string())
    .default([])
    .describe("Namespaces that need more, such as those of device plugins"),
});

export const restrictedNamespaces: ResourceValidationPolicy = {
  name: "restricted-namespaces",
  description: "Every namespace has the cluster enforce the Pod Security level restricted.",
  enforcementLevel,
  configSchema,
  validateResource: (args, report) => {
    if (args.type !== "kubernetes:core/v1:Namespace") return;
    const metadata = (args.props as { metadata?: Metadata }).metadata;
    if (metadata?.name !== undefined && read(args).except.includes(metadata.name)) return;
    const level = metadata?.labels?.[enforce];
    if (level === "restricted") return;
    report(
      `namespace ${metadata?.name ?? args.name}: label ${enforce} is ${level ?? "missing"}; set it to restricted`,
    );
  },
};

interface Metadata {
  name?: string;
  labels?: Readonly<Record<string, string>>;
}
