import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { ProcessIdentity } from "./processes.ts";
import type { NodeState } from "./types.ts";

/** The namespace of a node and its first process, recorded by whoever made it. */
export interface NodeProcess extends ProcessIdentity {
  /** Its process-id namespace, like `pid:[4026532281]`. */
  readonly namespace: string;
}

/** Writes JSON whole or not at all. */
export function writeState(path: string, value: NodeState | NodeProcess | object): void {
  const draft = `${path}.${process.pid}.tmp`;
  writeFileSync(draft, JSON.stringify(value, null, 2), { mode: 0o600 });
  renameSync(draft, path);
}

export function readState(path: string): NodeState | undefined {
  return readJson(path) as NodeState | undefined;
}

export function readNodeProcess(path: string): NodeProcess | undefined {
  return readJson(path) as NodeProcess | undefined;
}

/** Parsed content; undefined where the file is missing or was cut off. */
export function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}
