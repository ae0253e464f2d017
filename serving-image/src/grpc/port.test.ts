import { once } from "node:events";
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import { connect as connectSocket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { type sendUnaryData, Server, type ServerUnaryCall } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { GrpcPort } from "./port.ts";

/** S-01 Real connections against a service that gives back what it gets; times are short here. */
const limits = { headMs: 300, requestMs: 400, checkMs: 50, idleMs: 60_000 };
const longestMs = 2_000;
const path = "/test.Echo/Echo";
const same = (bytes: Buffer) => bytes;

let port: GrpcPort;
let number: number;
let dropped: number;
/** Answers that are held back until a test lets them go. */
let held: (() => void)[] | undefined;
let sessions: ClientHttp2Session[];

beforeEach(async () => {
  dropped = 0;
  held = undefined;
  sessions = [];
  const server = new Server({ "grpc.max_receive_message_length": 64 * 1024 * 1024 });
  const definition = {
    ...{ path, requestStream: false, responseStream: false },
    ...{ requestSerialize: same, requestDeserialize: same },
    ...{ responseSerialize: same, responseDeserialize: same },
  };
  const echo = ({ request }: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) => {
    if (held === undefined) done(null, request);
    else held.push(() => done(null, request));
  };
  server.addService({ Echo: definition }, { Echo: echo });
  port = new GrpcPort(server, { limits, maxConnections: 3, onDrop: () => dropped++ });
  number = await port.listen("127.0.0.1", 0);
});
afterEach(async () => {
  for (const session of sessions) session.destroy();
  await port.close(0);
});

async function session(): Promise<ClientHttp2Session> {
  const made = connect(`http://127.0.0.1:${number}`);
  made.on("error", () => {});
  sessions.push(made);
  await once(made, "remoteSettings");
  return made;
}

const frame = (message: Buffer) => {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
};

function open(on: ClientHttp2Session): ClientHttp2Stream {
  const headers = { "content-type": "application/grpc", te: "trailers" };
  const stream = on.request({ ":method": "POST", ":path": path, ...headers }, { endStream: false });
  stream.on("error", () => {});
  return stream;
}

/** What came back for a message: its bytes without the head of five. */
async function echoed(on: ClientHttp2Session, message = Buffer.from("a message")): Promise<string> {
  const stream = open(on).end(frame(message));
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts).subarray(5).toString();
}

describe("S-01 the port of gRPC", () => {
  it("has no more connections than it may, drops what is over, and takes others when one goes", async () => {
    const [first, ...rest] = await Promise.all([session(), session(), session()]);
    const over = connectSocket(number, "127.0.0.1");
    over.on("error", () => {});
    await once(over, "close");
    expect(dropped).toBe(1);
    for (const one of [first, ...rest]) expect(await echoed(one)).toBe("a message");
    first.close();
    await once(first, "close");
    expect(await echoed(await session())).toBe("a message");
    expect(dropped).toBe(1);
  });

  it.each([
    ["nothing", []],
    ["half of the preface, slowly", ["PRI * H", "TTP"]],
  ])("cuts a client that opens and says %s", async (_, parts) => {
    const socket = connectSocket(number, "127.0.0.1");
    socket.on("error", () => {});
    const begin = performance.now();
    const closed = once(socket, "close");
    for (const part of parts) {
      socket.write(part);
      await pause(100);
    }
    socket.resume();
    await closed;
    expect(performance.now() - begin).toBeGreaterThan(limits.headMs - 50);
  });

  it("keeps a client that has opened HTTP/2 and asks nothing yet", async () => {
    const client = await session();
    await pause(limits.headMs + limits.requestMs);
    expect(await echoed(client)).toBe("a message");
  });

  it("cuts a call whose message never ends, and no other of its connection", async () => {
    const client = await session();
    const call = open(client);
    const closed = once(call, "close");
    const drip = setInterval(() => call.closed || call.write("a"), 20);
    call.write(frame(Buffer.alloc(1_000)).subarray(0, 10));
    while (!call.closed) {
      expect(await echoed(client)).toBe("a message");
      await pause(50);
    }
    clearInterval(drip);
    await closed;
    expect(call.rstCode).toBe(8);
    expect(client.destroyed).toBe(false);
  });

  it("cuts a call whose answer nobody reads, and leaves one alone that waits for its answer", async () => {
    const client = await session();
    held = [];
    const waiting = echoed(client);
    while (held.length === 0) await pause(10);
    const [answer] = held;
    held = undefined;
    const unread = open(client).end(frame(Buffer.alloc(8 * 1024 * 1024)));
    await once(unread, "response");
    unread.pause();
    await once(unread, "close");
    expect(unread.rstCode).toBe(8);
    await pause(limits.requestMs);
    answer?.();
    expect(await waiting).toBe("a message");
  });

  it("N-01 that closes answers what it has, takes no more, and ends with the last answer", async () => {
    const client = await session();
    held = [];
    const waiting = echoed(client);
    while (held.length === 0) await pause(10);
    let isClosed = false;
    const closing = port.close(longestMs).then(() => (isClosed = true));
    await once(client, "goaway");
    const late = connectSocket(number, "127.0.0.1");
    await once(late, "error");
    expect(isClosed).toBe(false);
    held[0]?.();
    expect(await waiting).toBe("a message");
    await closing;
  });

  it("that closes cuts what is not answered in time", async () => {
    const client = await session();
    held = [];
    const call = open(client).end(frame(Buffer.from("a")));
    while (held.length === 0) await pause(10);
    const cut = once(call, "close");
    await port.close(200);
    await cut;
    expect(call.destroyed).toBe(true);
  });
});
