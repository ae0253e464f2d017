import {
  create,
  type DescMessage,
  fromBinary,
  type Message,
  type MessageInitShape,
  toBinary,
} from "@bufbuild/protobuf";
import type { GenMessage } from "@bufbuild/protobuf/codegenv2";
import {
  Metadata,
  type sendUnaryData,
  type Server,
  type ServerUnaryCall,
  status,
} from "@grpc/grpc-js";
import { headers } from "../../../contracts/names.ts";
import type { AppOptions } from "../http/app.ts";
import { chooseModel } from "../http/choose-model.ts";
import { callerGone, failure, HttpError } from "../http/errors.ts";
import { authenticate, type Exchange, requestIdOf, traceparentOf } from "../http/exchange.ts";
import { lineageHeaders } from "../http/send.ts";
import type { Terms } from "../model/run/queue.ts";
import type { ServedModel, Tensors } from "../model/model.ts";
import { ask } from "../protocols/ask.ts";
import { modelMetadata, serverMetadata } from "../protocols/open-inference/metadata.ts";
import { schemaOf } from "./descriptor.ts";
import { grpcAnswer, grpcQuestion } from "./infer.ts";
import type { Messages } from "./messages.ts";

/** The service's full name, as health checks and routes spell it. */
export const grpcService = "inference.GRPCInferenceService";

/** Stands for a request that cannot be read: what throws while it is read would be the server's fault. */
class NoMessage {}

type Call = ServerUnaryCall<Message | NoMessage, Message>;
type Method =
  "ServerLive" | "ServerReady" | "ModelReady" | "ServerMetadata" | "ModelMetadata" | "ModelInfer";
type Init<M extends Method> = MessageInitShape<GenMessage<Messages[`${M}Response`]>>;
type Handler<M extends Method> = (
  request: Messages[`${M}Request`],
  context: Context,
  reply: (answer: Init<M>) => void,
) => void | Promise<void>;

interface Context {
  exchange: Exchange;
  terms: Terms;
  /** From here on the answer carries the model's lineage. */
  choose: (name: string, version: string) => ServedModel;
}

const codes = new Map<number, status>([
  [400, status.INVALID_ARGUMENT],
  [401, status.UNAUTHENTICATED],
  [404, status.NOT_FOUND],
  [413, status.RESOURCE_EXHAUSTED],
  [422, status.OUT_OF_RANGE],
  [429, status.RESOURCE_EXHAUSTED],
  [callerGone, status.CANCELLED],
  [503, status.UNAVAILABLE],
  [504, status.DEADLINE_EXCEEDED],
]);

/** Adds the Open Inference Protocol to a server: the same models, checks, keys and accounts as over HTTP. */
export function addInferenceService(server: Server, options: AppOptions): void {
  const add = <M extends Method>(method: M, handler: Handler<M>, isOpen = false) => {
    const path = `/${grpcService}/${method}`;
    const asked: DescMessage = schemaOf(`${method}Request`);
    const answered: DescMessage = schemaOf(`${method}Response`);
    const definition = {
      path,
      requestStream: false,
      responseStream: false,
      requestSerialize: (value: Message) => Buffer.from(toBinary(asked, value)),
      requestDeserialize: (bytes: Buffer) => readMessage(asked, bytes),
      responseSerialize: (value: Message) => Buffer.from(toBinary(answered, value)),
      responseDeserialize: (bytes: Buffer) => fromBinary(answered, bytes),
    };
    const handle = (call: Call, done: sendUnaryData<Message>) =>
      void serve(options, path, isOpen, call, done, (context, reply) => {
        if (call.request instanceof NoMessage) {
          throw new HttpError(400, "bad-request", `the bytes are no ${asked.typeName}`);
        }
        return handler(call.request as Messages[`${M}Request`], context, (answer) =>
          reply(create(answered, answer as MessageInitShape<DescMessage>)),
        );
      });
    server.addService({ [method]: definition }, { [method]: handle });
  };
  add("ServerLive", (_request, _context, reply) => reply({ live: true }), true);
  add(
    "ServerReady",
    (_request, _context, reply) => reply({ ready: options.readiness().isReady }),
    true,
  );
  add("ServerMetadata", (_request, _context, reply) => reply(serverMetadata));
  add("ModelReady", ({ name, version }, { choose }, reply) => {
    reply({ ready: isReady(() => choose(name, version)) });
  });
  add("ModelMetadata", ({ name, version }, { choose }, reply) => {
    const model = choose(name, version);
    const versions = options.models.versions(name).map(({ lineage }) => lineage.version);
    const { inputs, outputs, platform } = modelMetadata(model, versions);
    const tensor = (one: (typeof inputs)[number]) => ({ ...one, shape: one.shape.map(BigInt) });
    const described = { inputs: inputs.map(tensor), outputs: outputs.map(tensor) };
    reply({ name, versions, platform, ...described });
  });
  add("ModelInfer", async (request, { choose, exchange, terms }, reply) => {
    if (options.models.opening !== undefined) await options.models.opening;
    const model = choose(request.modelName, request.modelVersion);
    const question = grpcQuestion(request, model, options.maxRows);
    const answer = (outputs: Tensors) => grpcAnswer(question, outputs, model);
    return ask(options, exchange, { model, question, answer }, terms, reply);
  });
}

function readMessage(schema: DescMessage, bytes: Uint8Array): Message | NoMessage {
  try {
    return fromBinary(schema, bytes);
  } catch {
    return new NoMessage();
  }
}

/** Whether a model that is configured is loaded. @throws HttpError where it is not configured */
function isReady(choose: () => ServedModel): boolean {
  try {
    choose();
    return true;
  } catch (error) {
    if (error instanceof HttpError && error.status === 503) return false;
    throw error;
  }
}

async function serve(
  options: AppOptions,
  path: string,
  isOpen: boolean,
  call: Call,
  done: sendUnaryData<Message>,
  handle: (context: Context, reply: (answer: Message) => void) => void | Promise<void>,
): Promise<void> {
  const { metrics, log, models } = options;
  const metadata = (name: string) => call.metadata.get(name)[0];
  const exchange: Exchange = {
    requestId: requestIdOf(metadata(headers.requestId)),
    route: path,
    time: new Date(),
    begin: performance.now(),
    traceparent: traceparentOf(metadata(headers.traceparent)),
    team: undefined,
    isGone: false,
  };
  call.once("cancelled", () => (exchange.isGone = true));
  const choose = (name: string, version: string) =>
    (exchange.model = chooseModel(models, name, version === "" ? undefined : version));
  let httpStatus = 200;
  try {
    if (!isOpen) authenticate(exchange, metadata(headers.apiKey), options.apiKeys());
    const terms = { deadline: deadlineOf(call), caller: exchange };
    await handle({ exchange, terms, choose }, (answer) => {
      call.sendMetadata(leading(exchange));
      done(null, answer);
    });
  } catch (error) {
    const known = failure(error, exchange, metrics, log);
    httpStatus = known.status;
    call.sendMetadata(leading(exchange));
    done({ code: codes.get(known.status) ?? status.INTERNAL, details: known.message });
  }
  const elapsed = (performance.now() - exchange.begin) / 1000;
  metrics.request(path, "GRPC", httpStatus, elapsed);
  const { requestId, team, traceparent } = exchange;
  log.debug({ requestId, path, status: httpStatus, elapsed, team, traceparent }, "answered");
}

function leading({ requestId, model }: Exchange): Metadata {
  const metadata = new Metadata();
  metadata.set(headers.requestId, requestId);
  const list = model === undefined ? [] : lineageHeaders(model);
  for (let index = 0; index < list.length; index += 2) {
    metadata.set(list[index] ?? "", list[index + 1] ?? "");
  }
  return metadata;
}

/** On the clock of `performance.now()`; undefined where the caller waits as long as it takes. */
function deadlineOf(call: Call): number | undefined {
  const deadline = call.getDeadline();
  const at = typeof deadline === "number" ? deadline : deadline.getTime();
  return Number.isFinite(at) ? at - Date.now() + performance.now() : undefined;
}
