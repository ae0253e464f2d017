import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FuzzedServer } from "../../serving-image/testing/fuzzed-server.ts";
import { apiKey } from "../../serving-image/testing/server-process.ts";
import { askRows, type RowsQuestion, runStockClient } from "./testing/stock-clients.ts";

/** T-01 Clients that people use, as they come from PyPI, against our server; each in a virtual environment of its own. */
let served: FuzzedServer;
let url: string;
let grpc: string;
beforeAll(async () => {
  served = await FuzzedServer.start();
  url = await served.server.url();
  grpc = new URL(await served.server.url("grpcPort")).host;
});
afterAll(async () => served?.stop());

const names = ["matrix", "double", "tiny", "small", "middle", "long", "natural", "text", "flag"];
const all = (suffix: string) => Object.fromEntries(names.map((name) => [name + suffix, true]));

describe("T-01 a stock client", () => {
  it("tritonclient[http] gets back what it sends, as bytes, as JSON, mixed and compressed", async () => {
    const address = url.replace("http://", "");
    expect(await runStockClient("triton", "triton_http_client.py", [address, apiKey])).toEqual({
      ...{ live: true, ready: true, model: true },
      extensions: ["binary_tensor_data"],
      inputs: names,
      ...{ binary: all(""), json: all(""), mixed: all(""), compressed: all("") },
      refused: expect.stringContaining("shape") as string,
    });
  });

  it("tritonclient[grpc] gets back what it sends, raw and in typed contents, by its own messages", async () => {
    expect(await runStockClient("triton", "triton_grpc_client.py", [grpc, apiKey])).toEqual({
      ...{ live: true, ready: true, model: true, server: "isotherm" },
      inputs: names,
      ...{ raw: all(""), typed: all("") },
      refused: ["StatusCode.INVALID_ARGUMENT", expect.stringContaining("shape")],
    });
  });

  it("KServe's REST client gets back what it sends, as JSON and as bytes", async () => {
    expect(await runStockClient("kserve", "kserve_client.py", [url, apiKey])).toEqual({
      ...{ live: true, ready: true, model: true },
      ...{ json: all("_back"), binary: all("_back") },
      refused: 400,
    });
  });

  it.each<RowsQuestion["protocol"]>(["triton-http", "triton-grpc", "kserve-rest"])(
    "%s asks any model of rows, as the end-to-end does through a gateway",
    async (protocol) => {
      const address = { "triton-http": new URL(url).host, "triton-grpc": grpc, "kserve-rest": url };
      const rows = [
        [1, 2, 9],
        [9, 2, 1],
      ];
      const question = { protocol, address: address[protocol], apiKey, model: "toy", rows };
      expect(await askRows(question)).toMatchObject({
        ready: true,
        outputs: { label: [2, 0] },
        ...(protocol === "kserve-rest" ? { predictions: ["third", "first"] } : {}),
      });
    },
  );
});
