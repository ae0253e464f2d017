import grpc from "@grpc/grpc-js";
import type { ServiceError, UntypedServiceImplementation } from "@grpc/grpc-js";
import pluginProto from "@pulumi/pulumi/proto/plugin_pb.js";
import type { PluginAttach } from "@pulumi/pulumi/proto/plugin_pb.js";
import providerServices from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import providerProto from "@pulumi/pulumi/proto/provider_pb.js";
import type * as rpc from "@pulumi/pulumi/proto/provider_pb.js";
import statusProto from "@pulumi/pulumi/proto/status_pb.js";
import anyProto from "google-protobuf/google/protobuf/any_pb.js";
import emptyProto from "google-protobuf/google/protobuf/empty_pb.js";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import type { EngineLog } from "./engine.ts";
import { engineLog, silentLog } from "./engine.ts";

/** The part of pulumirpc.ResourceProvider that differs from provider to provider. */
export interface ResourceProvider {
  checkConfig(request: rpc.CheckRequest): Promise<rpc.CheckResponse>;
  diffConfig(request: rpc.DiffRequest): Promise<rpc.DiffResponse>;
  configure(request: rpc.ConfigureRequest): Promise<rpc.ConfigureResponse>;
  invoke(request: rpc.InvokeRequest): Promise<rpc.InvokeResponse>;
  construct(request: rpc.ConstructRequest): Promise<rpc.ConstructResponse>;
  check(request: rpc.CheckRequest): Promise<rpc.CheckResponse>;
  diff(request: rpc.DiffRequest): Promise<rpc.DiffResponse>;
  create(request: rpc.CreateRequest): Promise<rpc.CreateResponse>;
  read(request: rpc.ReadRequest): Promise<rpc.ReadResponse>;
  update(request: rpc.UpdateRequest): Promise<rpc.UpdateResponse>;
  delete(request: rpc.DeleteRequest): Promise<void>;
  /** Ends what is under way: running calls fail soon, with the state they reached. */
  cancel(): void;
}

/**
 * Thrown by create, update and read when the resource exists but did not become ready. The engine keeps `state`, so
 * that the next update goes on from there instead of making the resource a second time.
 */
export class NotReady extends Error {
  readonly id: string;
  readonly state: Struct;
  readonly inputs: Struct | undefined;
  readonly reasons: readonly string[];
  constructor(
    message: string,
    details: { id: string; state: Struct; inputs?: Struct; reasons: readonly string[] },
  ) {
    super(message);
    this.id = details.id;
    this.state = details.state;
    this.inputs = details.inputs;
    this.reasons = details.reasons;
  }
}

/** An error of `code` with an explanation, as gRPC wants it. */
export class RpcError extends Error {
  readonly code: grpc.status;
  constructor(code: grpc.status, message: string) {
    super(message);
    this.code = code;
  }
}

const unlimited = {
  "grpc.max_receive_message_length": 400 * 1024 * 1024,
  "grpc.max_send_message_length": 400 * 1024 * 1024,
};

/**
 * Serves a provider until the engine goes away: prints the port for the engine, answers the housekeeping calls, turns
 * errors into gRPC statuses.
 */
export async function serve(
  version: string,
  makeProvider: (log: () => EngineLog) => ResourceProvider,
): Promise<void> {
  let log = silentLog;
  const address = process.argv.slice(2).find((argument) => !argument.startsWith("-"));
  if (address !== undefined) log = engineLog(address);

  const provider = makeProvider(() => log);
  const server = new grpc.Server(unlimited);
  server.addService(
    providerServices.ResourceProviderService,
    implementation(provider, version, (engineAddress) => {
      log = engineLog(engineAddress);
    }),
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
  endWithEngine(provider);
  process.stdout.write(`${port}\n`);
}

function implementation(
  provider: ResourceProvider,
  version: string,
  attach: (engineAddress: string) => void,
): UntypedServiceImplementation {
  const empty = new emptyProto.Empty();
  return {
    attach: unary(async (request: PluginAttach) => {
      attach(request.getAddress());
      return empty;
    }),
    getPluginInfo: unary(async () => {
      const info = new pluginProto.PluginInfo();
      info.setVersion(version);
      return info;
    }),
    // The schemas of the official providers are tens of megabytes and only code generators ask for them.
    getSchema: unary(async () => {
      throw new RpcError(
        grpc.status.UNIMPLEMENTED,
        "this stand-in provider carries no schema; use the official plugin to generate code",
      );
    }),
    getMapping: unary(async () => new providerProto.GetMappingResponse()),
    getMappings: unary(async () => new providerProto.GetMappingsResponse()),
    checkConfig: unary((request: rpc.CheckRequest) => provider.checkConfig(request)),
    diffConfig: unary((request: rpc.DiffRequest) => provider.diffConfig(request)),
    configure: unary((request: rpc.ConfigureRequest) => provider.configure(request)),
    invoke: unary((request: rpc.InvokeRequest) => provider.invoke(request)),
    construct: unary((request: rpc.ConstructRequest) => provider.construct(request)),
    check: unary((request: rpc.CheckRequest) => provider.check(request)),
    diff: unary((request: rpc.DiffRequest) => provider.diff(request)),
    create: unary((request: rpc.CreateRequest) => provider.create(request)),
    read: unary((request: rpc.ReadRequest) => provider.read(request)),
    update: unary((request: rpc.UpdateRequest) => provider.update(request)),
    delete: unary(async (request: rpc.DeleteRequest) => {
      await provider.delete(request);
      return empty;
    }),
    cancel: unary(async () => {
      provider.cancel();
      return empty;
    }),
  };
}

function unary<Request, Response>(
  handle: (request: Request) => Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    callsUnderWay++;
    handle(call.request)
      .then(
        (response) => callback(null, response),
        (error: unknown) => callback(statusOf(error)),
      )
      .finally(() => callsUnderWay--);
  };
}

let callsUnderWay = 0;

function statusOf(error: unknown): Partial<ServiceError> {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof RpcError) return { code: error.code, details: message };
  if (!(error instanceof NotReady)) return { code: grpc.status.UNKNOWN, details: message };

  const failed = new providerProto.ErrorResourceInitFailed();
  failed.setId(error.id);
  failed.setProperties(error.state);
  failed.setReasonsList([...error.reasons]);
  if (error.inputs) failed.setInputs(error.inputs);
  const detail = new anyProto.Any();
  detail.pack(failed.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new statusProto.Status();
  status.setCode(grpc.status.UNKNOWN);
  status.setMessage(message);
  status.addDetails(detail);
  const metadata = new grpc.Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return { code: grpc.status.UNKNOWN, details: message, metadata };
}

/**
 * A plugin must not outlive its engine. With an interrupt the engine says that it needs no more of it, and waits seconds
 * for its end; while a call runs, an interrupt is somebody's Ctrl-C, and that is the engine's to answer: it cancels
 * through the API.
 */
function endWithEngine(provider: ResourceProvider): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(0);
  }, 2000).unref();
  process.on("SIGINT", () => {
    if (callsUnderWay === 0) process.exit(0);
  });
  process.on("SIGTERM", () => {
    provider.cancel();
    // Running calls get a moment to hand their state to the engine.
    setTimeout(() => process.exit(0), 1000);
  });
}
