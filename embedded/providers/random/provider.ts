import providerProto from "@pulumi/pulumi/proto/provider_pb.js";
import type * as rpc from "@pulumi/pulumi/proto/provider_pb.js";
import { decode, encode } from "../shared/codec.ts";
import type { ResourceProvider } from "../shared/server.ts";
import { covers, formatPath, parsePath } from "../shared/property-path.ts";
import type { Properties } from "../shared/values.ts";
import { containsSecret, containsUnknown, equal, revealAll, Secret } from "../shared/values.ts";
import { effectiveSettings, kindOfType, stateOf } from "./kinds.ts";

const { DiffChanges } = providerProto.DiffResponse;
const { Kind: DiffKind } = providerProto.PropertyDiff;

/** The random provider: values are made once, kept in state, and made anew when a setting changes. */
export class RandomProvider implements ResourceProvider {
  async checkConfig(request: rpc.CheckRequest): Promise<rpc.CheckResponse> {
    const response = new providerProto.CheckResponse();
    response.setInputs(request.getNews());
    return response;
  }

  async diffConfig(): Promise<rpc.DiffResponse> {
    const response = new providerProto.DiffResponse();
    response.setChanges(DiffChanges.DIFF_NONE);
    return response;
  }

  async configure(): Promise<rpc.ConfigureResponse> {
    const response = new providerProto.ConfigureResponse();
    response.setAcceptsecrets(true);
    response.setSupportspreview(true);
    return response;
  }

  async invoke(request: rpc.InvokeRequest): Promise<rpc.InvokeResponse> {
    throw new Error(`the random provider has no function ${request.getTok()}`);
  }

  async construct(request: rpc.ConstructRequest): Promise<rpc.ConstructResponse> {
    throw new Error(`the random provider has no component ${request.getType()}`);
  }

  async check(request: rpc.CheckRequest): Promise<rpc.CheckResponse> {
    const kind = kindOfType(typeOf(request.getUrn()));
    const inputs = decode(request.getNews());
    const response = new providerProto.CheckResponse();
    response.setInputs(request.getNews());
    if (containsUnknown(inputs)) return response;
    for (const { property, reason } of kind.problems(effectiveSettings(kind, revealAll(inputs)))) {
      const failure = new providerProto.CheckFailure();
      failure.setProperty(property);
      failure.setReason(reason);
      response.addFailures(failure);
    }
    return response;
  }

  async diff(request: rpc.DiffRequest): Promise<rpc.DiffResponse> {
    const kind = kindOfType(typeOf(request.getUrn()));
    const olds = effectiveSettings(kind, decode(request.getOlds()));
    const news = effectiveSettings(kind, decode(request.getNews()));
    const ignored = request.getIgnorechangesList().map(parsePath);
    const changed = Object.keys(kind.settings).filter(
      (key) => !equal(olds[key], news[key]) && !ignored.some((path) => covers(path, [key])),
    );
    const response = new providerProto.DiffResponse();
    response.setChanges(changed.length === 0 ? DiffChanges.DIFF_NONE : DiffChanges.DIFF_SOME);
    response.setReplacesList(changed);
    response.setHasdetaileddiff(true);
    for (const key of changed) {
      const difference = new providerProto.PropertyDiff();
      if (!(key in olds)) difference.setKind(DiffKind.ADD_REPLACE);
      else if (!(key in news)) difference.setKind(DiffKind.DELETE_REPLACE);
      else difference.setKind(DiffKind.UPDATE_REPLACE);
      response.getDetaileddiffMap().set(formatPath([key]), difference);
    }
    return response;
  }

  async create(request: rpc.CreateRequest): Promise<rpc.CreateResponse> {
    const kind = kindOfType(typeOf(request.getUrn()));
    const inputs = decode(request.getProperties());
    const settings = effectiveSettings(kind, inputs);
    const made = request.getPreview() ? undefined : kind.generate(revealAll(settings));
    const response = new providerProto.CreateResponse();
    response.setId(made?.id ?? "");
    response.setProperties(encode(keepSecret(stateOf(kind, settings, made), inputs)));
    return response;
  }

  async read(request: rpc.ReadRequest): Promise<rpc.ReadResponse> {
    const response = new providerProto.ReadResponse();
    const state = decode(request.getProperties());
    // A random value exists nowhere but in the state: there is nothing to compare it with.
    if (Object.keys(state).length > 0) {
      response.setId(request.getId());
      response.setProperties(request.getProperties());
      response.setInputs(request.getInputs());
      return response;
    }
    const type = typeOf(request.getUrn());
    const kind = kindOfType(type);
    if (kind.import === undefined) throw new Error(`${type} cannot be imported`);
    const { id, settings, results } = kind.import(request.getId());
    response.setId(id);
    response.setProperties(
      encode(stateOf(kind, effectiveSettings(kind, settings), { id, results })),
    );
    response.setInputs(encode(settings));
    return response;
  }

  /** Every changed setting is a replacement; what is left is a change the user asked to ignore. */
  async update(request: rpc.UpdateRequest): Promise<rpc.UpdateResponse> {
    const response = new providerProto.UpdateResponse();
    response.setProperties(request.getOlds());
    return response;
  }

  async delete(): Promise<void> {}

  cancel(): void {}
}

function typeOf(urn: string): string {
  const chain = urn.split("::")[2] ?? "";
  return chain.slice(chain.lastIndexOf("$") + 1);
}

/** A setting given as a secret is one in the state too. */
function keepSecret(state: Properties, inputs: Properties): Properties {
  for (const [key, value] of Object.entries(inputs)) {
    const kept = state[key];
    if (kept === undefined || kept instanceof Secret || !containsSecret(value)) continue;
    state[key] = new Secret(kept);
  }
  return state;
}
