import type * as pulumi from "@pulumi/pulumi";
import { backupFlows, RegistryBackup } from "../components/backup/registry-backup.ts";
import type { Flow } from "../components/foundation/network-flows.ts";
import type { ModelRegistry } from "../components/registry/model-registry.ts";
import type { BackupConfig } from "./backup-schema.ts";

export interface BackupsArgs {
  environment: string;
  namespace: pulumi.Input<string>;
  images: Readonly<Record<"postgres" | "training", string>>;
  registry: ModelRegistry;
}

/** The traffic that an environment's backups need; none where there are none. */
export function flowsOfBackup(config: BackupConfig | undefined): readonly Flow[] {
  return config === undefined || "none" in config ? [] : backupFlows;
}

/** The backups of an environment's registry, or the reason why there are none. */
export function declareBackup(
  config: BackupConfig | undefined,
  args: BackupsArgs,
  say: (text: string) => void,
  opts: pulumi.ComponentResourceOptions,
): void {
  if (config === undefined) return;
  if ("none" in config) {
    say(`${args.environment} keeps no backups of its registry: ${config.none}`);
    return;
  }
  const { schedule, timeZone, destination, drill, keep, resources } = config;
  const { prefix = args.environment, ...place } = destination;
  new RegistryBackup(
    "backup",
    {
      ...args,
      destination: { ...place, prefix },
      keep,
      resources,
      schedule: { cron: schedule, timeZone },
      drill: drill === undefined ? undefined : { cron: drill, timeZone },
    },
    opts,
  );
}
