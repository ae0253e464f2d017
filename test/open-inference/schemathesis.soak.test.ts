import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { peerPython } from "../../bench/python-peer.ts";
import { FuzzedServer } from "../../serving-image/testing/fuzzed-server.ts";
import { apiKey } from "../../serving-image/testing/server-process.ts";

/**
 * S-01 The OpenAPI document against the server, by schemathesis: it makes requests that the document allows and requests
 * that it does not, and holds every answer against what the document says of it.
 */
const requirements = join(import.meta.dirname, "clients", "schemathesis-requirements.txt");
const examples = 300;

/** A body that is too long is refused with 413; and what a schema cannot say of a tensor or a table is refused as well. */
const settings = `
[checks.negative_data_rejection]
expected-statuses = ["400", "401", "404", "405", "406", "413", "415", "422"]

[[operations]]
include-path-regex = "/infer$|/invocations$"
checks.positive_data_acceptance.enabled = false
`;

let served: FuzzedServer;
let folder: string;
beforeAll(async () => {
  served = await FuzzedServer.start();
  folder = await mkdtemp(join(tmpdir(), "isotherm-schemathesis-"));
});
afterAll(async () => {
  await served?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

describe("S-01 the OpenAPI document", () => {
  it("is what the server does, to a tool that takes it at its word", async () => {
    const found = await peerPython("schemathesis", requirements);
    if ("missing" in found) throw new Error(found.missing);
    await writeFile(join(folder, "schemathesis.toml"), settings);
    const { exitCode, all } = await execa(
      join(found.python, "..", "schemathesis"),
      [
        ...["run", `${await served.server.url()}/openapi.json`, "--header", `x-api-key: ${apiKey}`],
        ...["--phases", "examples,coverage,fuzzing", "--no-color"],
        ...["--max-examples", String(examples), "--continue-on-failure"],
      ],
      { cwd: folder, all: true, reject: false },
    );
    expect(exitCode, all).toBe(0);
    await served.expectSound();
  });
});
