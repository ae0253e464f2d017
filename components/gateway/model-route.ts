import * as pulumi from "@pulumi/pulumi";
import { headers, keys } from "../../contracts/names.ts";
import { deployedAnnotations, type Deployment } from "../foundation/deployed.ts";
import { objectLabels } from "../foundation/labels.ts";
import { listeners, type EnvironmentGateway } from "./environment-gateway.ts";
import {
  GrpcRoute,
  HttpRoute,
  type BackendRef,
  type HeaderMatch,
  type PrefixRewrite,
  type RequestMirror,
} from "./kinds.ts";

/** Servers of a model. */
export interface RouteTarget {
  slot: string;
  service: pulumi.Input<string>;
  port: number;
  grpcPort: number;
}

export interface ModelRouteArgs {
  model: string;
  environment: string;
  namespace: pulumi.Input<string>;
  gateway: EnvironmentGateway;
  /** Who shares the requests, by whole-number weight. */
  backends: (RouteTarget & { weight: number })[];
  /** Who gets a copy of so many percent of them. Plain, because it decides what the routes do. @default nobody */
  shadow?: RouteTarget & { percent: number };
  /** Whose change of a route this declaration undoes, where somebody else changed it. @default nobody's */
  undone?: Partial<Readonly<Record<"http" | "grpc", string | undefined>>>;
  /** Who deploys, for the ledger. @default nobody is named */
  deployment?: Deployment | undefined;
}

/** The one service of the port; others, such as reflection, are not led through the gateway. */
const grpcService = "inference.GRPCInferenceService";

const annotations = {
  "pulumi.com/waitFor": `jsonpath={.status.parents[0].conditions[?(@.type=="Accepted")].status}=True`,
  // The weights are the stack file's, whoever wrote them last: see docs/traffic.md.
  "pulumi.com/patchForce": "true",
};

const withoutPrefix: PrefixRewrite = {
  type: "URLRewrite",
  urlRewrite: { path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/" } },
};

/**
 * Shares a model's requests out among its slots. Over HTTP they come to `/models/<model>/...`, and servers see the path
 * without that prefix; over gRPC they have the header `x-isotherm-model`, because gRPC's path is the method and cannot be
 * rewritten. A request with the header `x-isotherm-slot` goes to that slot, whatever its weight, and is not copied to the
 * shadow. Keys are asked for by the servers, as always.
 */
export class ModelRoute extends pulumi.ComponentResource {
  /** Base URL of the model. */
  public readonly url: pulumi.Output<string>;

  constructor(name: string, args: ModelRouteArgs, opts?: pulumi.ComponentResourceOptions) {
    super("isotherm:gateway:ModelRoute", name, {}, opts);
    const parent = { parent: this };
    const { model, environment, namespace, gateway, backends, shadow } = args;
    const prefix = `/models/${model}`;
    const labels = {
      ...objectLabels({
        name: "model-route",
        instance: model,
        component: "gateway",
        environment,
      }),
      [keys.model]: model,
    };
    const shares = backends.map(({ slot, weight }) => ({ slot, weight }));
    const copies = shadow === undefined ? null : { slot: shadow.slot, percent: shadow.percent };
    const metadata = (undone: string | undefined) => ({
      name: model,
      namespace,
      labels,
      annotations: {
        ...annotations,
        ...(undone === undefined ? {} : { [keys.undone]: undone }),
        ...(args.deployment === undefined
          ? {}
          : deployedAnnotations(
              { shares, copies, undone: args.undone?.http ?? null },
              args.deployment,
            )),
      },
    });

    const path = { type: "PathPrefix" as const, value: prefix };
    const route = new HttpRoute(
      name,
      {
        metadata: metadata(args.undone?.http),
        spec: {
          parentRefs: [{ name: gateway.gateway, sectionName: listeners.http.name }],
          rules: [
            {
              matches: [{ path }],
              filters: [withoutPrefix, ...mirrors(shadow, "port")],
              backendRefs: backends.map((backend) => toBackend(backend, "port", backend.weight)),
            },
            ...backends.map((backend) => ({
              matches: [{ path, headers: [exactly(headers.routeSlot, backend.slot)] }],
              filters: [withoutPrefix],
              backendRefs: [toBackend(backend, "port", 1)],
            })),
          ],
        },
      },
      parent,
    );

    const method = { type: "Exact" as const, service: grpcService };
    const ofModel = exactly(headers.routeModel, model);
    new GrpcRoute(
      `${name}-grpc`,
      {
        metadata: metadata(args.undone?.grpc),
        spec: {
          parentRefs: [{ name: gateway.gateway, sectionName: listeners.grpc.name }],
          rules: [
            {
              matches: [{ method, headers: [ofModel] }],
              ...(shadow === undefined ? {} : { filters: mirrors(shadow, "grpcPort") }),
              backendRefs: backends.map((backend) =>
                toBackend(backend, "grpcPort", backend.weight),
              ),
            },
            ...backends.map((backend) => ({
              matches: [{ method, headers: [ofModel, exactly(headers.routeSlot, backend.slot)] }],
              backendRefs: [toBackend(backend, "grpcPort", 1)],
            })),
          ],
        },
      },
      parent,
    );
    this.url = pulumi
      .all([gateway.address, route.id])
      .apply(([address]) => `http://${address}${prefix}`);
    this.registerOutputs({ url: this.url });
  }
}

function exactly(name: string, value: string): HeaderMatch {
  return { type: "Exact", name, value };
}

type Port = "port" | "grpcPort";

function toBackend(target: RouteTarget, port: Port, weight: number): BackendRef {
  return { name: target.service, port: target[port], weight };
}

function mirrors(shadow: ModelRouteArgs["shadow"], port: Port): RequestMirror[] {
  if (shadow === undefined) return [];
  const backendRef = { name: shadow.service, port: shadow[port] };
  // Copies of all of them are the older feature, which more classes of gateways have.
  const share = shadow.percent === 100 ? {} : { percent: shadow.percent };
  return [{ type: "RequestMirror", requestMirror: { backendRef, ...share } }];
}
