import { setTimeout as sleep } from "node:timers/promises";
import type { PropertyPath } from "../shared/property-path.ts";
import type { Properties } from "../shared/values.ts";
import { clone, objectsAt, textAt } from "../shared/values.ts";
import type { Api } from "./api.ts";
import { UnknownKind } from "./api.ts";
import { ApiError, isNotFound } from "./client.ts";
import { keepIgnored, takeOver } from "./field-managers.ts";
import { isCustomResourceDefinition, kindOf } from "./kind.ts";
import { annotationIsTrue, annotations, nameOf, namespaceOf, setMetadata } from "./metadata.ts";

const applyType = "application/apply-patch+yaml";

export interface ApplyOptions {
  readonly fieldManager: string;
  readonly dryRun: boolean;
  readonly force: boolean;
}

/** Another manager owns a field that this apply would change. */
export class FieldConflict extends Error {
  constructor(error: ApiError, manager: string) {
    const fields = error.causes
      .filter((cause) => cause.reason === "FieldManagerConflict")
      .map((cause) => `${cause.field} (${cause.message})`);
    super(
      `fields belong to another manager: ${fields.join(", ") || error.message}. ` +
        `Leave them out of the program, list them in ignoreChanges, or take them over with the annotation ` +
        `"${annotations.patchForce}": "true" (this resource applies as "${manager}")`,
      { cause: error },
    );
  }
}

/** One server-side apply. */
async function apply(api: Api, object: Properties, options: ApplyOptions): Promise<Properties> {
  const query = {
    fieldManager: options.fieldManager,
    force: String(options.force),
    fieldValidation: "Warn",
    ...(options.dryRun && { dryRun: "All" }),
  };
  const request = { query, body: object, contentType: applyType };
  try {
    return await api.client.request("PATCH", await api.pathOf(object), request);
  } catch (error) {
    if (error instanceof ApiError && error.code === 409 && error.causes.length > 0) {
      throw new FieldConflict(error, options.fieldManager);
    }
    throw error;
  }
}

/** Whether an apply may take fields from their owners. */
function mayForce(inputs: Properties, preview: boolean, live?: Properties): boolean {
  if (annotationIsTrue(inputs, annotations.patchForce)) return true;
  const byEnvironment = process.env["PULUMI_K8S_ENABLE_PATCH_FORCE"];
  if (byEnvironment !== undefined) return byEnvironment === "true";
  if (!preview) return false;
  // What a replacement will delete first, and what an update will take over first, is still there at preview.
  const entries = objectsAt(live, "metadata", "managedFields");
  return (
    live === undefined ||
    entries.some(
      (entry) => /^pulumi/.test(textAt(entry, "manager")) && entry["operation"] === "Update",
    )
  );
}

const createAttempts = 6;
const firstRetryMs = 1000;

/**
 * Makes an object. Where its namespace or its kind are not there yet they may be on their way: tried again for about
 * half a minute.
 */
export async function createObject(
  api: Api,
  inputs: Properties,
  options: { fieldManager: string; dryRun: boolean },
  hooks: { cancelled: AbortSignal; progress(message: string): void },
): Promise<Properties> {
  const force = mayForce(inputs, options.dryRun);
  for (let attempt = 1; ; attempt++) {
    try {
      return await apply(api, inputs, { ...options, force });
    } catch (error) {
      if (options.dryRun && isImmutable(error)) return previewReplacement(api, inputs, options);
      const mayCome = isNotFound(error) || error instanceof UnknownKind;
      if (options.dryRun || !mayCome || attempt === createAttempts || hooks.cancelled.aborted) {
        throw error;
      }
      hooks.progress(`attempt ${attempt}: ${(error as Error).message}`);
      const pause = firstRetryMs * 2 ** (attempt - 1);
      await sleep(pause, undefined, { signal: hooks.cancelled }).catch(() => {});
    }
  }
}

function isImmutable(error: unknown): boolean {
  return error instanceof ApiError && error.code === 422 && /immutable/.test(error.message);
}

/** A replacement keeps its name, so that a dry run of it meets the object it will replace: dry-run it under another. */
async function previewReplacement(
  api: Api,
  inputs: Properties,
  options: { fieldManager: string },
): Promise<Properties> {
  const stand = clone(inputs);
  setMetadata(stand, "name", `${nameOf(inputs).slice(0, 57)}-dryrun`.toLowerCase());
  const result = await apply(api, stand, { ...options, dryRun: true, force: true });
  setMetadata(result, "name", nameOf(inputs));
  return result;
}

export interface UpdateOptions {
  readonly fieldManager: string;
  readonly previousManager: string;
  readonly dryRun: boolean;
  readonly ignored: readonly PropertyPath[];
}

/** Changes an object that is there. */
export async function updateObject(
  api: Api,
  inputs: Properties,
  options: UpdateOptions,
): Promise<Properties> {
  const { fieldManager, previousManager, dryRun, ignored } = options;
  const path = await api.pathOf(inputs);
  const live = await api.client.request("GET", path);
  if (isCustomResourceDefinition(inputs))
    return replaceDefinition(api, path, inputs, live, options);

  const current = dryRun ? live : await handOver(api, path, live, fieldManager);
  const applied = clone(inputs);
  keepIgnored(applied, current, fieldManager, ignored);
  const force = mayForce(inputs, dryRun, live);
  const result = await apply(api, applied, { fieldManager, dryRun, force });
  if (!dryRun && previousManager !== fieldManager) await relinquish(api, result, previousManager);
  return result;
}

/** A CustomResourceDefinition is put as a whole: versions and schemas that left the program leave the cluster too. */
async function replaceDefinition(
  api: Api,
  path: string,
  inputs: Properties,
  live: Properties,
  { fieldManager, dryRun }: UpdateOptions,
): Promise<Properties> {
  const resourceVersion = textAt(live, "metadata", "resourceVersion");
  const metadata = { ...(inputs["metadata"] as Properties), resourceVersion };
  return api.client.request("PUT", path, {
    query: { fieldManager, ...(dryRun && { dryRun: "All" }) },
    body: { ...inputs, metadata },
  });
}

async function handOver(
  api: Api,
  path: string,
  live: Properties,
  manager: string,
): Promise<Properties> {
  const managedFields = takeOver(live, manager);
  if (managedFields === undefined) return live;
  return api.client.request("PATCH", path, {
    contentType: "application/json-patch+json",
    body: [
      { op: "replace", path: "/metadata/managedFields", value: managedFields },
      {
        op: "replace",
        path: "/metadata/resourceVersion",
        value: textAt(live, "metadata", "resourceVersion"),
      },
    ],
  });
}

/** Gives up every field a manager owns; fields others own as well stay as they are. */
async function relinquish(api: Api, object: Properties, fieldManager: string): Promise<void> {
  const { apiVersion, kind } = kindOf(object);
  const namespace = namespaceOf(object);
  const metadata = { name: nameOf(object), ...(namespace !== "" && { namespace }) };
  await apply(api, { apiVersion, kind, metadata }, { fieldManager, dryRun: false, force: true });
}
