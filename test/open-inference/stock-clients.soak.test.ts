import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { peerPython } from "../../bench/python-peer.ts";
import { FuzzedServer } from "../../serving-image/testing/fuzzed-server.ts";
import { apiKey } from "../../serving-image/testing/server-process.ts";

/** T-01 Clients that people use, as they come from PyPI, against our server; each in a virtual environment of its own. */
let served: FuzzedServer;
let url: string;
beforeAll(async () => {
  served = await FuzzedServer.start();
  url = await served.server.url();
});
afterAll(async () => served?.stop());

const here = import.meta.dirname;
const benches = join(here, "../../bench/serving/peers");

/** What a program of a client says that it saw. */
async function ask(environment: string, requirements: string, program: string, address: string) {
  const found = await peerPython(environment, requirements);
  if ("missing" in found) throw new Error(found.missing);
  const script = join(here, "clients", program);
  const { stdout } = await execa(found.python, [script, address, apiKey]);
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Record<string, unknown>;
}

const names = ["matrix", "double", "tiny", "small", "middle", "long", "natural", "text", "flag"];
const all = (suffix: string) => Object.fromEntries(names.map((name) => [name + suffix, true]));

describe("T-01 a stock client", () => {
  it("tritonclient[http] gets back what it sends, as bytes, as JSON, mixed and compressed", async () => {
    const requirements = join(here, "clients", "triton-requirements.txt");
    const address = url.replace("http://", "");
    expect(await ask("tritonclient", requirements, "triton_client.py", address)).toEqual({
      ...{ live: true, ready: true, model: true },
      extensions: ["binary_tensor_data"],
      inputs: names,
      ...{ binary: all(""), json: all(""), mixed: all(""), compressed: all("") },
      refused: expect.stringContaining("shape") as string,
    });
  });

  it("KServe's REST client gets back what it sends, as JSON and as bytes", async () => {
    const requirements = join(benches, "kserve", "requirements.txt");
    expect(await ask("serving-kserve", requirements, "kserve_client.py", url)).toEqual({
      ...{ live: true, ready: true, model: true },
      ...{ json: all("_back"), binary: all("_back") },
      refused: 400,
    });
  });
});
