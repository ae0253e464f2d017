import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { z } from "zod";
import { backupJobs } from "../contracts/backup.ts";
import { enforcementLevel } from "./enforcement.ts";
import { type Metadata, placeOf } from "./selectors.ts";
import { settings, stacks } from "./settings.ts";
import { stackFileValue } from "./stack-file.ts";
import { stackOf } from "./stack-name.ts";
import { judgeEach, knownOf } from "./unknown.ts";

const { configSchema, read } = settings({
  stacks: stacks("prod"),
  allowNone: z
    .boolean()
    .default(true)
    .describe("Whether `isotherm:backup.none`, with its reason, is enough in place of a backup"),
});

export const backupConfigured: StackValidationPolicy = {
  name: "backup-configured",
  description:
    "A registry is backed up on a schedule, or the stack file says why it is not: every preview shows that reason.",
  enforcementLevel,
  configSchema,
  validateStack: (args, report) => {
    const { stacks: names, allowNone } = read(args);
    const databases = args.resources.filter(
      (resource) => isDatabase(resource) && names.includes(stackOf(resource.urn)),
    );
    const schedules = args.resources.filter(isBackup);
    const reason = noneReason();
    judgeEach(databases, (database) => {
      const { namespace } = placeOf(database);
      const own = schedules.filter((schedule) => placeOf(schedule).namespace === namespace);
      if (knownOf(own, (schedule) => (isSuspended(schedule) ? [] : [schedule])).length > 0) return;
      // One whose state is not known may be the one that runs.
      for (const schedule of own) isSuspended(schedule);
      if (allowNone && reason !== undefined) return;
      report(`the registry of ${namespace} ${faultOf(own, reason)}`, database.urn);
    });
  },
};

function faultOf(schedules: readonly PolicyResource[], reason: string | undefined): string {
  if (schedules.length > 0) return "has a backup that is suspended";
  const what = "has no backup; say where it goes under isotherm:backup in the stack file";
  return reason === undefined
    ? `${what}, or why there is none under isotherm:backup.none`
    : `${what}: its reason for none does not do here`;
}

/** The reason that the stack file gives, where it gives one. */
function noneReason(): string | undefined {
  const value = z.looseObject({ none: z.string().min(1) }).safeParse(stackFileValue("backup"));
  return value.success ? value.data.none : undefined;
}

const componentOf = ({ props }: PolicyResource) =>
  (props as { metadata?: Metadata }).metadata?.labels?.["app.kubernetes.io/component"];

function isDatabase(resource: PolicyResource): boolean {
  return resource.type === "kubernetes:apps/v1:StatefulSet" && componentOf(resource) === "database";
}

/** What makes backups, and not what a drill or a restore is made from. */
function isBackup(resource: PolicyResource): boolean {
  return (
    resource.type === "kubernetes:batch/v1:CronJob" &&
    componentOf(resource) === "backup" &&
    placeOf(resource).name === backupJobs.run
  );
}

function isSuspended({ props }: PolicyResource): boolean {
  return (props as { spec?: { suspend?: boolean } }).spec?.suspend === true;
}
