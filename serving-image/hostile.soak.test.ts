import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FuzzedServer } from "./testing/fuzzed-server.ts";
import { RawSocket } from "./testing/raw-socket.ts";
import { apiKey } from "./testing/server-process.ts";

/** S-01 What takes many connections, or clients that take their time. */
let fuzzed: FuzzedServer;
let url: string;
beforeAll(async () => {
  fuzzed = await FuzzedServer.start();
  url = await fuzzed.server.url();
});
afterAll(async () => fuzzed?.stop());

const open = (count: number) =>
  Promise.all(Array.from({ length: count }, () => RawSocket.open(url)));
const mebibyte = 1024 * 1024;

describe("S-01 clients that hold connections", () => {
  it("are cut when their head or their body does not end, while others are answered", async () => {
    const sockets = await open(200);
    const body = `POST /predict HTTP/1.1\r\nx-api-key: ${apiKey}\r\nhost: a\r\ncontent-length: 9000\r\n\r\n{`;
    await Promise.all(
      sockets.map((socket, index) =>
        socket.write(index % 2 === 0 ? "GET / HTTP/1.1\r\nhost: a\r\n" : body),
      ),
    );
    const begin = performance.now();
    const seconds = () => (performance.now() - begin) / 1_000;
    while (sockets.some(({ isClosed }) => !isClosed) && seconds() < 60) {
      // A byte now and then, so that nothing is idle.
      await Promise.all(sockets.map((socket, index) => socket.write(index % 2 ? " " : "a: b\r\n")));
      await fuzzed.expectSound();
      await pause(500);
    }
    expect(sockets.filter(({ isClosed }) => !isClosed)).toHaveLength(0);
    expect(sockets.flatMap(({ statuses }) => statuses).filter((code) => code >= 500)).toEqual([]);
  });

  it("5,000 of them that are idle cost little, and others are answered", async () => {
    const before = await fuzzed.memory();
    const sockets: RawSocket[] = [];
    for (let part = 0; part < 50; part++) sockets.push(...(await open(100)));
    await fuzzed.expectSound();
    const request = `GET /v2/health/live HTTP/1.1\r\nhost: a\r\n\r\n`;
    await Promise.all(sockets.map((socket) => socket.write(request)));
    while (sockets.some(({ statuses, isClosed }) => statuses.length === 0 && !isClosed)) {
      await pause(50);
    }
    const statuses = new Set(sockets.flatMap((socket) => socket.statuses));
    expect([...statuses]).toEqual([200]);
    expect((await fuzzed.memory()) - before).toBeLessThan(200 * mebibyte);
    sockets.forEach((socket) => socket.destroy());
    await fuzzed.expectSound();
  });
});
