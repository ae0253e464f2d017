import { join } from "node:path";
import { execa } from "execa";
import { peerPython } from "../../../bench/python-peer.ts";

const clients = join(import.meta.dirname, "../clients");
const benches = join(import.meta.dirname, "../../../bench/serving/peers");

/** Virtual environments of clients as they come from PyPI, all of their packages pinned. */
const environments = {
  triton: { name: "tritonclient", requirements: join(clients, "triton-requirements.txt") },
  kserve: { name: "serving-kserve", requirements: join(benches, "kserve", "requirements.txt") },
} as const;

/**
 * Runs a program of a client.
 * @returns what the last line of its output says
 * @throws Error where the client cannot be installed, or the program fails
 */
export async function runStockClient(
  kind: keyof typeof environments,
  program: string,
  args: readonly string[],
): Promise<Record<string, unknown>> {
  const { name, requirements } = environments[kind];
  const found = await peerPython(name, requirements);
  if ("missing" in found) throw new Error(`${name} cannot be installed: ${found.missing}`);
  const { stdout } = await execa(found.python, [join(clients, program), ...args]);
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Record<string, unknown>;
}

export interface RowsQuestion {
  protocol: "triton-http" | "triton-grpc" | "kserve-rest";
  /** Host, port and path; for KServe's client a URL. */
  address: string;
  apiKey: string;
  model: string;
  rows: readonly (readonly number[])[];
  headers?: Readonly<Record<string, string>>;
}

/** Asks any model of one tensor of rows, wherever it is served: whether it is ready, and what it answers by output. */
export async function askRows(question: RowsQuestion): Promise<Record<string, unknown>> {
  const { protocol, address, apiKey, model, rows, headers = {} } = question;
  return runStockClient(protocol === "kserve-rest" ? "kserve" : "triton", "ask_rows.py", [
    ...[protocol, address, apiKey, model, JSON.stringify(rows)],
    ...Object.entries(headers).map(([name, value]) => `${name}=${value}`),
  ]);
}
