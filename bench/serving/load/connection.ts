import { connect, type Socket } from "node:net";

const separator = Buffer.from("\r\n\r\n");

/** One keep-alive connection with one request on its way at a time. Reads no more of an answer than its status and its end. */
export class Connection {
  readonly #socket: Socket;
  #rest: Buffer | undefined;
  #answered: ((status: number) => void) | undefined;
  #broken: (error: Error) => void;

  private constructor(socket: Socket, broken: (error: Error) => void) {
    this.#socket = socket;
    this.#broken = broken;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.on("error", (error) => this.#broken(error));
    socket.on("close", () => {
      if (this.#answered !== undefined) this.#broken(new Error("closed before its answer"));
    });
  }

  static async open(port: number, broken: (error: Error) => void): Promise<Connection> {
    const socket = connect({ host: "127.0.0.1", port });
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return new Connection(socket, broken);
  }

  /** @param answered called with the status once the whole answer is here */
  send(request: Buffer, answered: (status: number) => void): void {
    this.#answered = answered;
    this.#socket.write(request);
  }

  close(): void {
    this.#broken = () => {};
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    const head = bytes.indexOf(separator);
    const end = head < 0 ? Infinity : head + 4 + contentLength(bytes, head);
    if (bytes.length < end) {
      this.#rest = bytes;
      return;
    }
    this.#rest = undefined;
    const answered = this.#answered;
    this.#answered = undefined;
    answered?.(Number(bytes.toString("latin1", 9, 12)));
  }
}

function contentLength(bytes: Buffer, end: number): number {
  const found = /\r\ncontent-length: *(\d+)/i.exec(bytes.toString("latin1", 0, end));
  if (found === null) throw new Error("an answer without content-length");
  return Number(found[1]);
}
