import { once } from "node:events";
import { type ClientHttp2Session, connect } from "node:http2";
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

  it("are cut when they do not read their answers, while others are answered", async () => {
    const rows = JSON.stringify({ model: "toy", features: Array(4096).fill([1, 2, 9]) });
    const head = `POST /predict HTTP/1.1\r\nx-api-key: ${apiKey}\r\nhost: a\r\n`;
    const request = `${head}content-length: ${rows.length}\r\n\r\n${rows}`;
    const [socket] = (await open(1)) as [RawSocket];
    socket.pause();
    // More answers than the buffers of both sides hold.
    const asked = socket.write(request.repeat(200));
    const begin = performance.now();
    while (!socket.isClosed && performance.now() - begin < 90_000) {
      await fuzzed.expectSound();
      // It hears of its end only when it writes.
      void socket.write(" ");
      await pause(500);
    }
    await asked;
    expect(socket.isClosed).toBe(true);
    expect((performance.now() - begin) / 1_000).toBeGreaterThan(25);
  });

  it("5,000 of them that are idle cost little, and others are answered", async () => {
    const before = await fuzzed.memory();
    const request = `GET /v2/health/live HTTP/1.1\r\nhost: a\r\n\r\n`;
    const answered = (sockets: readonly RawSocket[], answers: number) =>
      fuzzed.server.until(() =>
        sockets.every(({ statuses, isClosed }) => isClosed || statuses.length === answers)
          ? true
          : undefined,
      );
    const sockets: RawSocket[] = [];
    for (let part = 0; part < 50; part++) {
      const some = await open(100);
      // One that never asked would be cut for that.
      await Promise.all(some.map((socket) => socket.write(request)));
      await answered(some, 1);
      sockets.push(...some);
    }
    await fuzzed.expectSound();
    await Promise.all(sockets.map((socket) => socket.write(request)));
    await answered(sockets, 2);
    expect(sockets.filter(({ isClosed }) => isClosed)).toEqual([]);
    expect(new Set(sockets.flatMap(({ statuses }) => statuses))).toEqual(new Set([200]));
    const each = ((await fuzzed.memory()) - before) / sockets.length / 1024;
    console.log(`${each.toFixed(1)} KiB a connection of HTTP`);
    expect(each).toBeLessThan(40);
    sockets.forEach((socket) => socket.destroy());
    await fuzzed.expectSound();
  });

  it("1,000 of them over gRPC that are idle cost little, and others are answered", async () => {
    const before = await fuzzed.memory();
    const address = await fuzzed.server.url("grpcPort");
    const sessions: ClientHttp2Session[] = [];
    // One is the client's that the server is asked by.
    while (sessions.length < 999) {
      const session = connect(address);
      await once(session, "remoteSettings");
      sessions.push(session);
    }
    const { answer } = await fuzzed.grpc.call("ServerLive", {}, {});
    expect(answer.live).toBe(true);
    const each = ((await fuzzed.memory()) - before) / sessions.length / 1024;
    console.log(`${each.toFixed(1)} KiB a connection of gRPC`);
    expect(each).toBeLessThan(100);
    const over = connect(address);
    over.on("error", () => {});
    await once(over, "close");
    expect(sessions.filter(({ destroyed }) => destroyed)).toEqual([]);
    sessions.forEach((session) => session.destroy());
    await fuzzed.expectSound();
  });

  it("are cut over gRPC when they say nothing, or their calls do not end, while others are answered", async () => {
    const address = await fuzzed.server.url("grpcPort");
    const silent = await Promise.all(Array.from({ length: 100 }, () => RawSocket.open(address)));
    const session = connect(address);
    session.on("error", () => {});
    const headers = {
      ":method": "POST",
      ":path": "/inference.GRPCInferenceService/ModelInfer",
      ...{ "content-type": "application/grpc", te: "trailers", "x-api-key": apiKey },
    };
    const calls = Array.from({ length: 100 }, () => session.request(headers, { endStream: false }));
    // The head of a message of 4 KiB.
    for (const call of calls) call.on("error", () => {}).write(Buffer.from([0, 0, 0, 16, 0]));
    const begin = performance.now();
    const seconds = () => (performance.now() - begin) / 1_000;
    const isOver = () =>
      calls.every(({ closed }) => closed) && silent.every(({ isClosed }) => isClosed);
    while (!isOver() && seconds() < 60) {
      for (const call of calls) if (!call.closed) call.write("a");
      await fuzzed.expectSound();
      expect((await fuzzed.grpc.call("ServerLive", {}, {})).answer.live).toBe(true);
      await pause(500);
    }
    expect(calls.filter(({ closed }) => !closed)).toHaveLength(0);
    expect(silent.filter(({ isClosed }) => !isClosed)).toHaveLength(0);
    expect(session.destroyed).toBe(false);
    session.destroy();
    await fuzzed.expectSound();
  });
});
