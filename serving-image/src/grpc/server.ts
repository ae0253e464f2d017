import { Server, ServerCredentials } from "@grpc/grpc-js";
import type { AppOptions } from "../http/app.ts";
import { addInferenceService } from "./service.ts";

/** The port of gRPC. Without TLS, which the gateway adds. */
export class GrpcServer {
  readonly #server: Server;
  #port = 0;

  constructor(options: AppOptions) {
    this.#server = new Server({
      "grpc.max_receive_message_length": options.maxBodyBytes,
      "grpc.max_concurrent_streams": 256,
      // A connection that went without a word is found out.
      "grpc.keepalive_time_ms": 60_000,
    });
    addInferenceService(this.#server, options);
  }

  /** Where it listens, once it does. */
  get port(): number {
    return this.#port;
  }

  /** @param port 0 for any that is free */
  async listen(host: string, port: number): Promise<void> {
    const address = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
    this.#port = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync(address, ServerCredentials.createInsecure(), (error, bound) => {
        if (error === null) resolve(bound);
        else reject(error);
      });
    });
  }

  /** Takes no new calls, and resolves once those that are there are answered, or after this long. */
  async close(longestMs: number): Promise<void> {
    const cut = setTimeout(() => this.#server.forceShutdown(), longestMs);
    await new Promise<void>((resolve) => this.#server.tryShutdown(() => resolve()));
    clearTimeout(cut);
  }
}
