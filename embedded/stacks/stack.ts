import { readFileSync } from "node:fs";
import {
  LocalWorkspace,
  type EngineEvent,
  type OutputMap,
  type Stack,
} from "@pulumi/pulumi/automation/index.js";
import { execa } from "execa";
import type { Report } from "../report.ts";
import { homePaths, projectRoot, stackFile } from "../paths.ts";
import { clearDeadLocks } from "./locks.ts";
import { ensureSalt, saltOptions } from "./salt.ts";

export const projectName = "isotherm";

export interface UpSummary {
  changes: Readonly<Record<string, number>>;
  outputs: OutputMap;
}

/**
 * Opens a stack of this project, made where it is missing, and clears what a dead process left: its lock and
 * its pending operations.
 * @throws StackBusyError where a living process works on the stack
 */
export async function openStack(name: string, report: Report): Promise<Stack> {
  if (clearDeadLocks(homePaths.state, projectName, name) > 0) {
    report(`cleared the lock that an interrupted run left on stack ${name}`);
  }
  await saltStackFile(name);
  const stack = await LocalWorkspace.createOrSelectStack({ stackName: name, workDir: projectRoot });
  await clearPendingOperations(stack, report);
  return stack;
}

/** Only where the passphrase is this checkout's own: what the user chose, the user's CLI looks after. */
async function saltStackFile(name: string): Promise<void> {
  if (process.env["PULUMI_CONFIG_PASSPHRASE_FILE"] !== homePaths.passphrase) return;
  await ensureSalt(stackFile(name), readFileSync(homePaths.passphrase, "utf8").trim(), saltOptions);
}

/** Names of the stacks that the backend holds. */
export async function listStacks(): Promise<
  { name: string; resourceCount: number; lastUpdate: string }[]
> {
  const workspace = await LocalWorkspace.create({ workDir: projectRoot });
  const stacks = await workspace.listStacks();
  return stacks.map((stack) => ({
    name: stack.name,
    resourceCount: stack.resourceCount ?? 0,
    lastUpdate: stack.lastUpdate ?? "never",
  }));
}

/** `pulumi up` without questions; each resource that is worked on goes to `report`. */
export async function up(stack: Stack, report: Report): Promise<UpSummary> {
  const errors: string[] = [];
  try {
    const result = await stack.up({
      color: "never",
      suppressProgress: true,
      onEvent: (event) => tell(event, report, errors),
    });
    return { changes: result.summary.resourceChanges ?? {}, outputs: result.outputs };
  } catch (error) {
    throw new Error(`pulumi up --stack ${stack.name} failed:\n${firstLines(errors, error)}`, {
      cause: error,
    });
  }
}

/** `pulumi destroy` without questions. */
export async function destroy(stack: Stack, report: Report): Promise<void> {
  const errors: string[] = [];
  try {
    await stack.destroy({
      color: "never",
      suppressProgress: true,
      onEvent: (event) => tell(event, report, errors),
    });
  } catch (error) {
    throw new Error(`pulumi destroy --stack ${stack.name} failed:\n${firstLines(errors, error)}`, {
      cause: error,
    });
  }
}

async function clearPendingOperations(stack: Stack, report: Report): Promise<void> {
  const state = await stack.exportStack();
  const deployment = state.deployment as { pending_operations?: unknown[] } | undefined;
  const pending = deployment?.pending_operations?.length ?? 0;
  if (pending === 0) return;
  report(`looking at ${pending} resources that an interrupted run was working on`);
  await execa(
    "pulumi",
    [
      "refresh",
      "--stack",
      stack.name,
      "--yes",
      "--clear-pending-creates",
      "--skip-preview",
      "--non-interactive",
    ],
    { cwd: projectRoot },
  );
}

function tell(event: EngineEvent, report: Report, errors: string[]): void {
  const started = event.resourcePreEvent?.metadata;
  if (started !== undefined && started.op !== "same")
    report(`${started.op} ${shortUrn(started.urn)}`);
  const message = event.diagnosticEvent;
  const text = message?.message.trim() ?? "";
  // The event log carries debug messages too, although its type says otherwise, and they quote whole resources.
  if (text === "" || (message?.severity as string) === "debug") return;
  if (message?.severity === "error") errors.push(text);
  else report(text);
}

/** `...::kubernetes:apps/v1:Deployment::mlflow` reads `Deployment mlflow`. */
function shortUrn(urn: string): string {
  const [, , types = "", name = ""] = urn.split("::");
  return `${types.split(":").at(-1)} ${name}`;
}

function firstLines(errors: string[], cause: unknown): string {
  if (errors.length > 0) return errors.join("\n");
  return cause instanceof Error ? cause.message : String(cause);
}
