import {
  type ChannelCredentials,
  Client,
  credentials,
  Metadata,
  type ServiceError,
} from "@grpc/grpc-js";
import { create, fromBinary, type Message, toBinary } from "@bufbuild/protobuf";
import { schemaOf } from "../src/grpc/descriptor.ts";
import type { Messages } from "../src/grpc/messages.ts";

export type GrpcMethod =
  "ServerLive" | "ServerReady" | "ModelReady" | "ServerMetadata" | "ModelMetadata" | "ModelInfer";

export interface GrpcAnswer<M extends GrpcMethod> {
  answer: Messages[`${M}Response`];
  /** Metadata that came before the answer. */
  headers: Record<string, unknown>;
}

/** Calls of the Open Inference Protocol, with messages made from the server's own table of fields. */
export class GrpcClient {
  readonly #client: Client;

  /** @param address host and port */
  constructor(address: string) {
    this.#client = new Client(address, credentials.createInsecure() as ChannelCredentials);
  }

  /** @throws ServiceError with the call's code */
  call<M extends GrpcMethod>(
    method: M,
    request: object,
    sent: Readonly<Record<string, string>>,
  ): Promise<GrpcAnswer<M>> {
    const asked = schemaOf(`${method}Request`);
    const bytes = toBinary(asked, create(asked, request as never) as never);
    return this.send(method, bytes, sent);
  }

  /**
   * The same with a request as it stands, whether or not it is a message.
   * @throws ServiceError with the call's code
   */
  send<M extends GrpcMethod>(
    method: M,
    bytes: Uint8Array,
    sent: Readonly<Record<string, string>>,
  ): Promise<GrpcAnswer<M>> {
    const answered = schemaOf(`${method}Response`);
    const metadata = new Metadata();
    for (const [name, value] of Object.entries(sent)) metadata.set(name, value);
    return new Promise((resolve, reject) => {
      let headers: Record<string, unknown> = {};
      this.#client
        .makeUnaryRequest(
          `/inference.GRPCInferenceService/${method}`,
          (value: Uint8Array) => Buffer.from(value),
          (found: Buffer): Message => fromBinary(answered, found),
          bytes,
          metadata,
          // A call that is never answered must not hold its test up for ever.
          { deadline: Date.now() + 60_000 },
          (error: ServiceError | null, answer?: Message) => {
            if (answer === undefined) reject(error ?? new Error("no answer"));
            else resolve({ answer: answer as unknown as Messages[`${M}Response`], headers });
          },
        )
        .on("metadata", (found: Metadata) => (headers = found.getMap()));
    });
  }

  close(): void {
    this.#client.close();
  }
}
