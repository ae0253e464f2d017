import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import type { CrdManifest } from "./target.ts";

const Manifest = z.looseObject({
  apiVersion: z.literal("apiextensions.k8s.io/v1"),
  kind: z.literal("CustomResourceDefinition"),
  metadata: z.looseObject({
    name: z.string(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
  spec: z.record(z.string(), z.unknown()),
});

/**
 * Reads every custom resource definition in a folder, sorted by name.
 * @throws Error where the folder is missing or holds anything else
 */
export function readCrds(folder: string): CrdManifest[] {
  const files = existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith(".yaml"))
        .sort()
    : [];
  if (files.length === 0) {
    throw new Error(
      `${folder} holds no custom resource definitions: run \`npm start\` or \`npm run images\` once`,
    );
  }
  return files
    .flatMap((file) => documents(join(folder, file)))
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

function documents(path: string): CrdManifest[] {
  return parseAllDocuments(readFileSync(path, "utf8"))
    .map((document) => document.toJS() as unknown)
    .filter((value) => value !== null)
    .map((value) => {
      const result = Manifest.safeParse(value);
      if (!result.success)
        throw new Error(
          `${path}: not only custom resource definitions: ${z.prettifyError(result.error)}`,
        );
      const { apiVersion, kind, metadata, spec } = result.data;
      const { name, annotations } = metadata;
      return {
        apiVersion,
        kind,
        metadata: annotations === undefined ? { name } : { name, annotations },
        spec: slim(spec) as Record<string, unknown>,
      };
    });
}

/**
 * The schema as this program keeps it. Pulumi's SDK writes the keys `x-kubernetes-*` with underscores; its provider turns
 * them back. Descriptions go: they are most of the text, and Pulumi's state, written anew after every step, would hold
 * each of them three times.
 */
function slim(value: unknown, isSchema = true): unknown {
  if (Array.isArray(value)) return value.map((item) => slim(item));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value)
    .filter(([key, inner]) => !(isSchema && key === "description" && typeof inner === "string"))
    .map(([key, inner]) => {
      if (verbatim.has(key)) return [key, inner];
      const name = key.startsWith("x-kubernetes-") ? key.replaceAll("-", "_") : key;
      return [name, slim(inner, key !== "properties")];
    });
  return Object.fromEntries(entries) as unknown;
}

/** Keys whose values are data, not schema. */
const verbatim = new Set(["default", "enum", "example"]);
