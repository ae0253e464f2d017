import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Document, parseDocument } from "yaml";
import { checkout } from "./platform.ts";

/** Path of an environment's stack file in the clone. */
export function stackFile(stack: string): string {
  return join(checkout, "stacks", `Pulumi.${stack}.yaml`);
}

/** Edits an environment's stack file, in the clone alone; its comments stay. */
export function editStack(stack: string, edit: (document: Document) => void): void {
  const path = stackFile(stack);
  const document = parseDocument(readFileSync(path, "utf8"));
  edit(document);
  writeFileSync(path, document.toString());
}

/** Writes one setting of a stack file. @param path below `config` */
export function setIn(stack: string, path: readonly string[], value: unknown): void {
  editStack(stack, (document) => document.setIn(["config", ...path], value));
}

/** Puts back what a stack file says now. */
export function keepStackFile(stack: string): () => void {
  const path = stackFile(stack);
  const text = readFileSync(path, "utf8");
  return () => writeFileSync(path, text);
}
