import { once } from "node:events";
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from "node:http2";
import { connect as connectSocket, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { type sendUnaryData, Server, type ServerUnaryCall } from "@grpc/grpc-js";
import { describe, expect, it, type TestContext } from "vitest";
import { GrpcPort } from "./port.ts";

/** S-01 Real connections against a service that gives back what it gets; times are short here, and the tests side by side. */
const limits = { headMs: 2_000, requestMs: 2_500, checkMs: 100, idleMs: 60_000 };
const path = "/test.Echo/Echo";
const same = (bytes: Buffer) => bytes;

/** A port with a service behind it. */
class Rig {
  dropped = 0;
  /** Answers that are held back until a test lets them go. */
  held: (() => void)[] | undefined;
  readonly port: GrpcPort;
  readonly #sessions: ClientHttp2Session[] = [];
  #number = 0;

  private constructor() {
    const server = new Server({ "grpc.max_receive_message_length": 64 * 1024 * 1024 });
    const definition = {
      ...{ path, requestStream: false, responseStream: false },
      ...{ requestSerialize: same, requestDeserialize: same },
      ...{ responseSerialize: same, responseDeserialize: same },
    };
    const echo = ({ request }: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) => {
      if (this.held === undefined) done(null, request);
      else this.held.push(() => done(null, request));
    };
    server.addService({ Echo: definition }, { Echo: echo });
    const onDrop = () => this.dropped++;
    this.port = new GrpcPort(server, { limits, maxConnections: 3, onDrop });
  }

  static async open({ onTestFinished }: TestContext): Promise<Rig> {
    const rig = new Rig();
    rig.#number = await rig.port.listen("127.0.0.1", 0);
    onTestFinished(async () => {
      for (const session of rig.#sessions) session.destroy();
      await rig.port.close(0);
    });
    return rig;
  }

  /** A connection of whatever kind, whose end is told whether it was reset or not. */
  socket(): { socket: Socket; closed: Promise<void> } {
    const socket = connectSocket(this.#number, "127.0.0.1").on("error", () => {});
    return { socket, closed: new Promise((resolve) => socket.once("close", () => resolve())) };
  }

  async session(): Promise<ClientHttp2Session> {
    const made = connect(`http://127.0.0.1:${this.#number}`);
    made.on("error", () => {});
    this.#sessions.push(made);
    await once(made, "remoteSettings");
    return made;
  }

  /** Holds answers back from now on. @returns once one is held, when it was asked for by `ask` */
  async hold<T>(ask: () => T): Promise<T> {
    this.held = [];
    const asked = ask();
    while (this.held.length === 0) await pause(10);
    return asked;
  }
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

/** Resolves when a call is over, however it ended. */
const over = (call: ClientHttp2Stream) =>
  new Promise<void>((resolve) => void call.once("close", () => resolve()));

describe.concurrent("S-01 the port of gRPC", () => {
  it("has no more connections than it may, drops what is over, and takes others when one goes", async (test) => {
    const rig = await Rig.open(test);
    const all = [await rig.session(), await rig.session(), await rig.session()];
    await rig.socket().closed;
    expect(rig.dropped).toBe(1);
    for (const one of all) expect(await echoed(one)).toBe("a message");
    const [first] = all as [ClientHttp2Session];
    first.close();
    await once(first, "close");
    // The server hears of it a moment later.
    const next = async (): Promise<string> => {
      const { socket, closed } = rig.socket();
      const isIn = await Promise.race([closed.then(() => false), once(socket, "data")]);
      socket.destroy();
      return isIn === false ? next() : "taken";
    };
    expect(await next()).toBe("taken");
  });

  it.for<[string, string[]]>([
    ["nothing", []],
    ["half of the preface, slowly", ["PRI * H", "TTP"]],
  ])("cuts a client that opens and says %s", async ([, parts], test) => {
    const { socket, closed } = (await Rig.open(test)).socket();
    const begin = performance.now();
    for (const part of parts) {
      socket.write(part);
      await pause(100);
    }
    socket.resume();
    await closed;
    expect(performance.now() - begin).toBeGreaterThan(limits.headMs - 100);
  });

  it("keeps a client that has opened HTTP/2 and asks nothing yet", async (test) => {
    const client = await (await Rig.open(test)).session();
    await pause(limits.headMs + limits.requestMs);
    expect(await echoed(client)).toBe("a message");
  });

  it("cuts a call whose message never ends, and no other of its connection", async (test) => {
    const client = await (await Rig.open(test)).session();
    const call = open(client);
    const drip = setInterval(() => call.closed || call.write("a"), 50);
    call.write(frame(Buffer.alloc(1_000)).subarray(0, 10));
    await over(call);
    clearInterval(drip);
    expect(call.rstCode).toBe(constants.NGHTTP2_CANCEL);
    expect(await echoed(client)).toBe("a message");
  });

  it("cuts a call whose answer nobody reads", async (test) => {
    const client = await (await Rig.open(test)).session();
    const unread = open(client).end(frame(Buffer.alloc(8 * 1024 * 1024)));
    await once(unread, "response");
    unread.pause();
    await over(unread);
    expect(unread.rstCode).toBe(constants.NGHTTP2_CANCEL);
  });

  it("leaves a call alone that waits for its answer", async (test) => {
    const rig = await Rig.open(test);
    const client = await rig.session();
    const { waiting } = await rig.hold(() => ({ waiting: echoed(client) }));
    await pause(limits.requestMs + 5 * limits.checkMs);
    rig.held?.[0]?.();
    expect(await waiting).toBe("a message");
  });

  it("N-01 that closes answers what it has, takes no more, and ends with the last answer", async (test) => {
    const rig = await Rig.open(test);
    const client = await rig.session();
    const { waiting } = await rig.hold(() => ({ waiting: echoed(client) }));
    let isClosed = false;
    const gone = once(client, "goaway");
    const closing = rig.port.close(30_000).then(() => (isClosed = true));
    await gone;
    await rig.socket().closed;
    expect(isClosed).toBe(false);
    rig.held?.[0]?.();
    expect(await waiting).toBe("a message");
    await closing;
  });

  it("that closes cuts what is not answered in time", async (test) => {
    const rig = await Rig.open(test);
    const client = await rig.session();
    const call = await rig.hold(() => open(client).end(frame(Buffer.from("a"))));
    const cut = over(call);
    await rig.port.close(200);
    await cut;
    expect(call.destroyed).toBe(true);
  });
});
