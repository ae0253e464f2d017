import { connect, type Socket } from "node:net";

/** A connection on which bytes are written as they are, for what no HTTP client would send. */
export class RawSocket {
  /** All that came back. */
  received = "";
  isClosed = false;
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
    // Each write that is under way waits for the end.
    socket.setMaxListeners(0);
    socket.on("data", (chunk: Buffer) => (this.received += chunk.toString("latin1")));
    socket.on("close", () => (this.isClosed = true));
    // A server that cuts a connection resets it.
    socket.on("error", () => {});
  }

  static async open(url: string): Promise<RawSocket> {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port) });
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return new RawSocket(socket);
  }

  /** Resolves once the bytes have left, or the other side is gone. */
  async write(bytes: string | Uint8Array): Promise<void> {
    if (this.isClosed) return;
    await new Promise<void>((resolve) => {
      this.#socket.once("close", () => resolve());
      this.#socket.write(bytes, () => resolve());
    });
  }

  /** Status lines of the answers so far. */
  get statuses(): number[] {
    return [...this.received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, code]) => Number(code));
  }

  /** Reads nothing any more. */
  pause(): void {
    this.#socket.pause();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
