import { setTimeout as pause } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { FuzzedServer } from "./testing/fuzzed-server.ts";
import { RawSocket } from "./testing/raw-socket.ts";
import { apiKey } from "./testing/server-process.ts";

/** S-01 What somebody sends who means harm. What needs minutes or thousands of connections is in the soak. */
let fuzzed: FuzzedServer;
let url: string;
beforeAll(async () => {
  fuzzed = await FuzzedServer.start();
  url = await fuzzed.server.url();
}, 60_000);
afterAll(async () => fuzzed?.stop());
afterEach(async () => fuzzed.expectSound());

const mebibyte = 1024 * 1024;
const head = (...lines: string[]) =>
  [
    "POST /v2/models/toy/infer HTTP/1.1",
    "host: localhost",
    `x-api-key: ${apiKey}`,
    ...lines,
    "",
    "",
  ].join("\r\n");
const tensor = '{"name":"features","datatype":"FP32","shape":[1,3],"data":[1,2,9]}';
const body = `{"inputs":[${tensor}]}`;

/** What comes back for some bytes, once as many answers are there or the connection is closed. */
async function answers(bytes: (string | Uint8Array)[], count = 1): Promise<RawSocket> {
  const socket = await RawSocket.open(url);
  for (const part of bytes) await socket.write(part);
  for (let tries = 0; tries < 500 && !socket.isClosed; tries++) {
    if (socket.statuses.length >= count) break;
    await pause(10);
  }
  socket.destroy();
  return socket;
}

describe("S-01 a body without end", () => {
  it("of 100 MB is refused with 413 by its length, before it comes", async () => {
    const { statuses } = await answers([head(`content-length: ${100 * mebibyte}`), "{"]);
    expect(statuses).toEqual([413]);
  });

  it("of 200 MB in chunks is refused with 413 once it is too long, and is not kept", async () => {
    const before = await fuzzed.memory();
    const chunk = Buffer.concat([
      Buffer.from("100000\r\n"),
      Buffer.alloc(mebibyte, 32),
      Buffer.from("\r\n"),
    ]);
    const parts = Array.from({ length: 200 }, () => chunk);
    const { statuses } = await answers([head("transfer-encoding: chunked"), ...parts, "0\r\n\r\n"]);
    expect(statuses).toEqual([413]);
    expect((await fuzzed.memory()) - before).toBeLessThan(128 * mebibyte);
  });

  it("that grows when it is inflated is refused with 413", async () => {
    const before = await fuzzed.memory();
    const bomb = gzipSync(Buffer.alloc(200 * mebibyte));
    for (let time = 0; time < 5; time++) {
      const { status } = await fuzzed.client.send("POST", "/predict", bomb, {
        "content-encoding": "gzip",
      });
      expect(status).toBe(413);
    }
    expect((await fuzzed.memory()) - before).toBeLessThan(128 * mebibyte);
  });

  it("of brackets in brackets is refused with 400", async () => {
    const deep = "[".repeat(500_000);
    for (const sent of [deep, `{"model":"toy","features":${deep}${"]".repeat(500_000)}}`]) {
      expect((await fuzzed.client.send("POST", "/predict", sent)).status).toBe(400);
    }
  });
});

describe("S-01 a body that is not what its head says", () => {
  it("with bytes that are not UTF-8 is refused with 400", async () => {
    for (const bytes of [[0xff, 0xfe], [0xc3, 0x28], [0xed, 0xa0, 0x80], [0xf8]]) {
      const sent = Buffer.concat([Buffer.from('{"id":"'), Buffer.from(bytes), Buffer.from('"}')]);
      expect((await fuzzed.client.send("POST", "/v2/models/toy/infer", sent)).status).toBe(400);
    }
  });

  it("that is longer than its length is read by its length, and what is over refused with 400", async () => {
    const { statuses } = await answers([head(`content-length: ${body.length}`), `${body}{}}`], 2);
    // The second may be known to be wrong before the first is answered.
    expect([[400], [200, 400]]).toContainEqual(statuses);
  });

  it("that ends too early is nobody's fault but the caller's", async () => {
    const socket = await RawSocket.open(url);
    await socket.write(head(`content-length: ${body.length + 1}`) + body);
    socket.end();
    await pause(100);
    expect(socket.statuses.filter((status) => status >= 500 || status < 400)).toEqual([]);
  });

  it.each([
    ["two lengths", ["content-length: 5", "content-length: 6"]],
    ["a length and chunks", ["content-length: 5", "transfer-encoding: chunked"]],
    ["a length that is no number", ["content-length: five"]],
    ["a negative length", ["content-length: -5"]],
    ["a header without a name", [": value"]],
    ["a header over all bounds", [`x-long: ${"a".repeat(100_000)}`]],
    ["thousands of headers", Array.from({ length: 5_000 }, (_, index) => `x-${index}: 1`)],
  ])("with %s is refused with 4xx", async (_, lines) => {
    const { statuses } = await answers([`${head(...lines)}12345`]);
    expect(statuses.length).toBeLessThanOrEqual(1);
    for (const status of statuses) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
    }
  });

  it.each(["gzip", "deflate", "br", "x"])("that is no %s is refused with 4xx", async (encoding) => {
    const headers = { "content-encoding": encoding };
    const { status } = await fuzzed.client.send("POST", "/predict", body, headers);
    expect([400, 415]).toContain(status);
  });
});

describe("S-01 names that objects have by themselves", () => {
  it.each(["__proto__", "constructor", "hasOwnProperty", "toString"])(
    "%s is a name like any other, and is not there",
    async (name) => {
      const post = (path: string, sent: string) => fuzzed.client.send("POST", path, sent);
      const polluting = `{"${name}":{"model":"toy","features":[[1,2,3]]},"model":"toy"}`;
      expect((await post("/predict", polluting)).status).toBe(400);
      expect((await post(`/v2/models/${name}/infer`, body)).status).toBe(404);
      expect((await post(`/v1/models/${name}:predict`, '{"instances":[[1,2,3]]}')).status).toBe(
        404,
      );
      const unknown = `{"inputs":[${tensor.replace("features", name)}]}`;
      expect((await post("/v2/models/toy/infer", unknown)).status).toBe(400);
      const columns = `{"dataframe_records":[{"a":1,"b":2,"${name}":3}]}`;
      expect((await post("/invocations?model=toy", columns)).status).toBe(400);
    },
  );
});
