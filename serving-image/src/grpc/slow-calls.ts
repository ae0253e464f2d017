import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { constants, type ServerHttp2Stream } from "node:http2";
import type { ClientLimits } from "../http/limits.ts";

/** Tells of every call that begins; the gRPC library shows its streams to nobody. Nothing else here serves HTTP/2. */
const began = "http2.server.stream.start";

interface Call {
  beganAt: number;
  answeredAt?: number;
}

/** Ends calls whose request does not come to its end in time, and those whose answer nobody reads. */
export class SlowCalls {
  readonly #limits: Pick<ClientLimits, "requestMs" | "checkMs">;
  readonly #calls = new Map<ServerHttp2Stream, Call>();
  #check: NodeJS.Timeout | undefined;

  constructor(limits: Pick<ClientLimits, "requestMs" | "checkMs">) {
    this.#limits = limits;
  }

  start(): void {
    subscribe(began, this.#onBegin);
    this.#check = setInterval(() => this.#cut(performance.now()), this.#limits.checkMs);
    this.#check.unref();
  }

  stop(): void {
    unsubscribe(began, this.#onBegin);
    clearInterval(this.#check);
  }

  readonly #onBegin = (message: unknown): void => {
    const { stream } = message as { stream: ServerHttp2Stream };
    this.#calls.set(stream, { beganAt: performance.now() });
    stream.once("close", () => this.#calls.delete(stream));
  };

  #cut(now: number): void {
    for (const [stream, call] of this.#calls) {
      if (stream.headersSent) call.answeredAt ??= now;
      const since = stream.readableEnded ? call.answeredAt : call.beganAt;
      if (since !== undefined && now - since > this.#limits.requestMs) {
        stream.close(constants.NGHTTP2_CANCEL);
      }
    }
  }
}
