import providerProto from "@pulumi/pulumi/proto/provider_pb.js";
import type * as rpc from "@pulumi/pulumi/proto/provider_pb.js";
import { decode, encode } from "../shared/codec.ts";
import type { EngineLog } from "../shared/engine.ts";
import type { ResourceProvider } from "../shared/server.ts";
import type { Cluster } from "./cluster.ts";
import { connect } from "./cluster.ts";
import { checkInputs, diffInputs } from "./plan.ts";
import { kindOfType, typeOfUrn } from "./kind.ts";
import { deleteResource } from "./delete.ts";
import { readResource } from "./read.ts";
import { createResource, updateResource } from "./resource.ts";
import type { Context } from "./context.ts";
import { checkSettings, diffSettings, readSettings } from "./settings.ts";
import type { Settings } from "./settings.ts";
import type { Autonaming } from "./naming.ts";

const { DiffChanges } = providerProto.DiffResponse;

/** The kubernetes provider: translates between the engine's calls and {@link resource.ts}, and keeps the connection. */
export class KubernetesProvider implements ResourceProvider {
  readonly #log: () => EngineLog;
  readonly #cancellation = new AbortController();
  #settings: Settings = readSettings(new Map());
  #cluster: Cluster = { reachable: false, reason: "the provider is not configured", namespace: "" };
  #warnedUnreachable = false;

  constructor(log: () => EngineLog) {
    this.#log = log;
  }

  async checkConfig(request: rpc.CheckRequest): Promise<rpc.CheckResponse> {
    const failures = checkSettings(decode(request.getNews()));
    return checkResponse(request.getNews(), failures);
  }

  async diffConfig(request: rpc.DiffRequest): Promise<rpc.DiffResponse> {
    const { changed, replaces } = diffSettings(
      decode(request.getOlds()),
      decode(request.getNews()),
    );
    const response = new providerProto.DiffResponse();
    response.setChanges(changed.length === 0 ? DiffChanges.DIFF_NONE : DiffChanges.DIFF_SOME);
    response.setDiffsList(changed);
    response.setReplacesList(replaces);
    return response;
  }

  async configure(request: rpc.ConfigureRequest): Promise<rpc.ConfigureResponse> {
    const variables = new Map<string, string>();
    request.getVariablesMap().forEach((value: string, key: string) => variables.set(key, value));
    this.#settings = readSettings(variables);
    this.#cluster = await connect(this.#settings, this.#cancellation.signal);
    const response = new providerProto.ConfigureResponse();
    response.setAcceptsecrets(true);
    response.setSupportspreview(true);
    response.setSupportsAutonamingConfiguration(true);
    return response;
  }

  async invoke(request: rpc.InvokeRequest): Promise<rpc.InvokeResponse> {
    throw new Error(
      `${request.getTok()} is not supported by this stand-in provider: declare typed resources, or install the official kubernetes plugin`,
    );
  }

  async construct(request: rpc.ConstructRequest): Promise<rpc.ConstructResponse> {
    throw new Error(
      `${request.getType()} is not supported by this stand-in provider: declare typed resources, or install the official kubernetes plugin`,
    );
  }

  async check(request: rpc.CheckRequest): Promise<rpc.CheckResponse> {
    const urn = request.getUrn();
    const kind = kindOfType(typeOfUrn(urn));
    this.#warnIfUnreachable(urn);
    if (!this.#cluster.reachable && this.#settings.skipUpdateUnreachable && request.hasOlds()) {
      return checkResponse(request.getOlds(), []);
    }
    const inputs = await checkInputs(this.#context(urn), {
      kind,
      olds: decode(request.getOlds()),
      news: decode(request.getNews()),
      seed: request.getRandomseed_asU8(),
      autonaming: autonamingOf(request),
    });
    return checkResponse(encode(inputs), []);
  }

  async diff(request: rpc.DiffRequest): Promise<rpc.DiffResponse> {
    const plan = await diffInputs(this.#context(request.getUrn()), {
      state: decode(request.getOlds()),
      news: decode(request.getNews()),
      ignoreChanges: request.getIgnorechangesList(),
    });
    const response = new providerProto.DiffResponse();
    const replaces = plan.details.filter((detail) => detail.replace).map((detail) => detail.path);
    replaces.push(...plan.extraReplaces);
    const some = plan.details.length > 0 || plan.extraReplaces.length > 0;
    response.setChanges(some ? DiffChanges.DIFF_SOME : DiffChanges.DIFF_NONE);
    response.setReplacesList(replaces);
    response.setDeletebeforereplace(replaces.length > 0 && plan.keepsName);
    response.setHasdetaileddiff(true);
    for (const detail of plan.details) {
      const difference = new providerProto.PropertyDiff();
      difference.setKind(kindOfDifference(detail));
      difference.setInputdiff(detail.kind === "delete");
      response.getDetaileddiffMap().set(detail.path, difference);
    }
    return response;
  }

  async create(request: rpc.CreateRequest): Promise<rpc.CreateResponse> {
    const created = await createResource(this.#context(request.getUrn()), {
      inputs: decode(request.getProperties()),
      timeoutSeconds: request.getTimeout(),
      preview: request.getPreview(),
    });
    const response = new providerProto.CreateResponse();
    response.setId(created.id);
    response.setProperties(created.state ? encode(created.state) : request.getProperties());
    return response;
  }

  async read(request: rpc.ReadRequest): Promise<rpc.ReadResponse> {
    const response = new providerProto.ReadResponse();
    const urn = request.getUrn();
    const inputs = decode(request.getInputs());
    const state = decode(request.getProperties());
    if (!this.#cluster.reachable && this.#settings.skipUpdateUnreachable) {
      response.setId(request.getId());
      response.setProperties(request.getProperties());
      response.setInputs(request.getInputs());
      return response;
    }
    const found = await readResource(this.#context(urn), {
      kind: kindOfType(typeOfUrn(urn)),
      id: request.getId(),
      inputs,
      state,
    });
    if (found === undefined) return response;
    response.setId(found.id);
    response.setProperties(encode(found.state));
    response.setInputs(encode(found.inputs));
    return response;
  }

  async update(request: rpc.UpdateRequest): Promise<rpc.UpdateResponse> {
    const state = await updateResource(this.#context(request.getUrn()), {
      state: decode(request.getOlds()),
      inputs: decode(request.getNews()),
      timeoutSeconds: request.getTimeout(),
      preview: request.getPreview(),
      ignoreChanges: request.getIgnorechangesList(),
    });
    const response = new providerProto.UpdateResponse();
    response.setProperties(state ? encode(state) : request.getNews());
    return response;
  }

  async delete(request: rpc.DeleteRequest): Promise<void> {
    await deleteResource(this.#context(request.getUrn()), {
      id: request.getId(),
      state: decode(request.getProperties()),
      timeoutSeconds: request.getTimeout(),
    });
  }

  cancel(): void {
    this.#cancellation.abort();
  }

  #context(urn: string): Context {
    const log = this.#log();
    return {
      urn,
      cluster: this.#cluster,
      mutable: this.#settings.mutable,
      deleteUnreachable: this.#settings.deleteUnreachable,
      cancelled: this.#cancellation.signal,
      info: (message) => log.info(urn, message),
      warn: (message) => log.warning(urn, message),
      progress: (message) => log.status(urn, message),
      progressWarning: (message) => log.statusWarning(urn, message),
    };
  }

  #warnIfUnreachable(urn: string): void {
    if (this.#cluster.reachable || this.#warnedUnreachable) return;
    this.#warnedUnreachable = true;
    this.#log().warning(
      urn,
      `the configured Kubernetes cluster is unreachable: ${this.#cluster.reason}`,
    );
  }
}

function checkResponse(
  inputs: ReturnType<rpc.CheckRequest["getNews"]>,
  failures: readonly { property: string; reason: string }[],
): rpc.CheckResponse {
  const response = new providerProto.CheckResponse();
  response.setInputs(inputs);
  for (const { property, reason } of failures) {
    const failure = new providerProto.CheckFailure();
    failure.setProperty(property);
    failure.setReason(reason);
    response.addFailures(failure);
  }
  return response;
}

function autonamingOf(request: rpc.CheckRequest): Autonaming | undefined {
  const options = request.getAutonaming();
  if (options === undefined) return undefined;
  const modes = ["propose", "enforce", "disable"] as const;
  return {
    mode: modes[options.getMode()] ?? "propose",
    proposedName: options.getProposedName(),
  };
}

function kindOfDifference(detail: { kind: "add" | "delete" | "update"; replace: boolean }) {
  const { Kind } = providerProto.PropertyDiff;
  switch (detail.kind) {
    case "add":
      return detail.replace ? Kind.ADD_REPLACE : Kind.ADD;
    case "delete":
      return detail.replace ? Kind.DELETE_REPLACE : Kind.DELETE;
    case "update":
      return detail.replace ? Kind.UPDATE_REPLACE : Kind.UPDATE;
  }
}
