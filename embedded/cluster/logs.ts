import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { NodeConfig } from "./node-config.ts";

/** The last lines of a log of the node, for an error message, with the path of the rest. */
export function logEnd({ logs }: Pick<NodeConfig, "logs">, name: string): string {
  const path = join(logs, `${name}.log`);
  try {
    const lines = readFileSync(path, "utf8").trimEnd().split("\n").slice(-5);
    return `end of ${path}:\n  ${lines.join("\n  ")}`;
  } catch {
    return `nothing was written to ${path}`;
  }
}
