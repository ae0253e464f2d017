import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { signingKeyPem } from "../../../contracts/envelope.ts";
import { ConfigError } from "../config/errors.ts";
import { readRecorderSettings } from "./settings.ts";

const folder = mkdtempSync(join(tmpdir(), "isotherm-recorder-"));
afterAll(() => rmSync(folder, { recursive: true }));

function keyFile(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const complete = {
  ISOTHERM_ENVIRONMENT: "dev",
  ISOTHERM_NAMESPACE: "isotherm-dev",
  ISOTHERM_LEDGER_KEY: keyFile("key.pem", signingKeyPem(new Uint8Array(32).fill(1))),
  AWS_ENDPOINT_URL: "http://s3:7070",
  AWS_DEFAULT_REGION: "us-east-1",
  AWS_ACCESS_KEY_ID: "id",
  AWS_SECRET_ACCESS_KEY: "secret",
};

function problemsOf(change: Record<string, string | undefined>): readonly string[] {
  try {
    readRecorderSettings({ ...complete, ...change });
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

test("a recorder that is told everything has its settings, and looks again every five minutes", () => {
  expect(readRecorderSettings(complete)).toMatchObject({
    environment: "dev",
    bucket: "isotherm",
    port: 9090,
    lookMs: 300_000,
  });
});

test("everything that is missing is named at once", () => {
  const problems = problemsOf({ ISOTHERM_NAMESPACE: undefined, AWS_ENDPOINT_URL: undefined });
  expect(problems).toEqual([
    expect.stringContaining("environment variable ISOTHERM_NAMESPACE: is missing"),
    expect.stringContaining("environment variable AWS_ENDPOINT_URL: is missing"),
  ]);
});

const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
test.each([
  ["is not there", join(folder, "none.pem")],
  ["is no key", keyFile("text.pem", "hello secret")],
  [
    "is of another kind",
    keyFile("ec.pem", privateKey.export({ format: "pem", type: "pkcs8" }) as string),
  ],
])("a key file that %s is named, and not what is in it", (_, path) => {
  const [problem, ...others] = problemsOf({ ISOTHERM_LEDGER_KEY: path });
  expect(problem).toBe(`${path}: no ed25519 private key in PEM; mount the ledger's Secret there`);
  expect(others).toEqual([]);
});
