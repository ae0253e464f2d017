import { type AddressInfo, createServer, type Server as NetServer, type Socket } from "node:net";
import { type ConnectionInjector, type Server, ServerCredentials } from "@grpc/grpc-js";
import type { ClientLimits } from "../http/limits.ts";
import { SlowCalls } from "./slow-calls.ts";

/** Bytes of a client's opening of HTTP/2: the preface, and the shortest frame of settings. */
const openingBytes = 33;

export interface GrpcPortOptions {
  limits: ClientLimits;
  maxConnections: number;
  /** Called for each connection that was one too many. */
  onDrop: () => void;
}

/**
 * Listens for a gRPC server, which has no bounds of its own: never more connections than this many, none that does not
 * become HTTP/2 in time, and no call that takes longer than its limit to come or to be read. Without TLS, which the gateway
 * adds.
 */
export class GrpcPort {
  readonly #server: Server;
  readonly #listener: NetServer;
  readonly #injector: ConnectionInjector;
  readonly #sockets = new Set<Socket>();
  readonly #calls: SlowCalls;

  constructor(server: Server, { limits, maxConnections, onDrop }: GrpcPortOptions) {
    this.#server = server;
    this.#injector = server.createConnectionInjector(ServerCredentials.createInsecure());
    this.#calls = new SlowCalls(limits);
    // As HTTP/2 servers of Node listen.
    this.#listener = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
      this.#accept(socket, limits.headMs),
    );
    this.#listener.maxConnections = maxConnections;
    this.#listener.on("drop", onDrop);
  }

  /** @returns the port, which `port` 0 leaves open. @throws Error where it is taken or not allowed */
  async listen(host: string, port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#listener.once("error", reject);
      this.#listener.listen(port, host, () => {
        this.#listener.off("error", reject);
        resolve();
      });
    });
    this.#calls.start();
    return (this.#listener.address() as AddressInfo).port;
  }

  /** Takes no new calls, and resolves once those that are there are answered, or after this long. */
  async close(longestMs: number): Promise<void> {
    const cut = setTimeout(() => this.#sockets.forEach((socket) => socket.destroy()), longestMs);
    const closed = new Promise<void>((resolve) => this.#listener.close(() => resolve()));
    // Tells every client to go. It knows of connections that it was handed only that they have been told.
    this.#server.tryShutdown(() => {});
    await closed;
    clearTimeout(cut);
    this.#calls.stop();
  }

  #accept(socket: Socket, headMs: number): void {
    this.#sockets.add(socket);
    const opening = setTimeout(() => {
      if (socket.bytesRead < openingBytes) socket.destroy();
    }, headMs);
    socket.once("close", () => {
      clearTimeout(opening);
      this.#sockets.delete(socket);
    });
    this.#injector.injectConnection(socket);
  }
}
