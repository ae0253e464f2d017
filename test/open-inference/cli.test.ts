import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clauses } from "./clauses/index.ts";
import type { Result } from "./run.ts";
import { EchoServer } from "./testing/echo-server.ts";

/** `npm run conformance` as a process, against a small server; what the clauses themselves see is in `kit.test.ts`. */
let server: EchoServer;
let folder: string;
/** Bodies of inference requests. */
let bodies: string[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "isotherm-conformance-"));
  server = await new EchoServer().listen();
  // It lives, and does not say so in the words of the protocol.
  server.fault = (reply, { path, body }) => {
    if (path.endsWith("/infer")) bodies.push(new TextDecoder().decode(body));
    return path.endsWith("/health/live") ? { ...reply, json: {} } : reply;
  };
});
afterAll(async () => {
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

async function conformance(...args: string[]) {
  const program = join(import.meta.dirname, "cli.ts");
  const asked = [program, "--url", `${server.url}/`, "--model", "echo", ...args];
  const { exitCode, stdout, stderr } = await execa(process.execPath, asked, { reject: false });
  return { exitCode, stdout, stderr };
}

const has = (text: string) => clauses.filter(({ id }) => id.includes(text));

describe("the conformance command", () => {
  it("prints a row a clause that --only chooses, sums them up, and ends with 1 where one fails", async () => {
    const { exitCode, stdout } = await conformance("--only", "server-live");
    expect(exitCode).toBe(1);
    const rows = stdout.split("\n").filter((line) => /^│ \w+-\w+/.test(line));
    expect(rows).toHaveLength(has("server-live").length);
    expect(stdout).toMatch(/│ server-live\/status +│ required +│ pass +│/);
    expect(stdout).toMatch(/│ server-live\/response +│ expected +│ FAIL +│ .*live/);
    expect(stdout).toContain(`${has("server-live").length - 1} passed, 1 failed, 0 skipped`);
  });

  it("ends with 0 by --level required where only what the text leaves open fails", async () => {
    const { exitCode, stdout } = await conformance("--only", "server-live", "--level", "required");
    expect(exitCode).toBe(0);
    expect(stdout).toContain("FAIL");
  });

  it("sends the tensors of --input, and tells results as JSON", async () => {
    const tensor = (name: string, datatype: string, shape: number[], data: unknown[]) => ({
      ...{ name, datatype, shape, data },
    });
    const inputs = [
      tensor("numbers", "FP32", [1, 3], [[4.5, 5.5, 6.5]]),
      tensor("double", "FP64", [1], [0.25]),
      tensor("long", "INT64", [1], [77]),
      tensor("small", "UINT8", [1], [7]),
      tensor("text", "BYTES", [1], ["a bottle"]),
      tensor("flag", "BOOL", [1], [true]),
    ];
    const file = join(folder, "request.json");
    await writeFile(file, JSON.stringify({ inputs }));
    bodies = [];
    const only = "inference-request/inputs";
    const { exitCode, stdout } = await conformance("--only", only, "--input", file, "--json");
    const results = JSON.parse(stdout) as Result[];
    expect(results.map(({ id, outcome }) => [id, outcome])).toEqual(
      has(only).map(({ id }) => [id, "pass"]),
    );
    expect(exitCode).toBe(0);
    expect(bodies.length).toBeGreaterThan(0);
    for (const body of bodies) expect(body).toMatch(/4\.5,5\.5,6\.5.*"a bottle"/);
  });

  it("says what is wrong with an option, and asks nothing", async () => {
    const [unknown, header] = await Promise.all([
      conformance("--only", "no-such-clause"),
      conformance("--header", "without a colon"),
    ]);
    expect(unknown).toMatchObject({ exitCode: 1, stdout: "" });
    expect(unknown.stderr).toContain("no clause has 'no-such-clause' in its id");
    expect(header).toMatchObject({ exitCode: 1, stdout: "" });
    expect(header.stderr).toContain("--header 'without a colon' is not name:value");
  });
});
