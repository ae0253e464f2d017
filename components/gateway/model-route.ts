import * as pulumi from "@pulumi/pulumi";
import { headers, keys } from "../../contracts/names.ts";
import { objectLabels } from "../foundation/labels.ts";
import { listeners, type EnvironmentGateway } from "./environment-gateway.ts";
import { GrpcRoute, HttpRoute } from "./kinds.ts";

/** Servers of a model, and their part of its traffic. */
export interface RouteBackend {
  service: pulumi.Input<string>;
  port: number;
  grpcPort: number;
  /** A whole number. */
  weight: number;
}

export interface ModelRouteArgs {
  model: string;
  environment: string;
  namespace: pulumi.Input<string>;
  gateway: EnvironmentGateway;
  /** Who shares the traffic, by weight. */
  backends: RouteBackend[];
}

/** The one service of the port; others, such as reflection, are not led through the gateway. */
const grpcService = "inference.GRPCInferenceService";

const annotations = {
  "pulumi.com/waitFor": `jsonpath={.status.parents[0].conditions[?(@.type=="Accepted")].status}=True`,
};

/**
 * Brings what is for a model to its servers: over HTTP `/models/<model>/...`, which they see without that prefix, and
 * over gRPC the calls with the header `x-isotherm-model`, because gRPC's path is the method and cannot be rewritten.
 */
export class ModelRoute extends pulumi.ComponentResource {
  /** Base URL of the model. */
  public readonly url: pulumi.Output<string>;

  constructor(name: string, args: ModelRouteArgs, opts?: pulumi.ComponentResourceOptions) {
    super("isotherm:gateway:ModelRoute", name, {}, opts);
    const parent = { parent: this };
    const { model, environment, namespace, gateway, backends } = args;
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
    const metadata = { name: model, namespace, labels, annotations };
    const route = new HttpRoute(
      name,
      {
        metadata,
        spec: {
          parentRefs: [{ name: gateway.gateway, sectionName: listeners.http.name }],
          rules: [
            {
              matches: [{ path: { type: "PathPrefix", value: prefix } }],
              filters: [
                {
                  type: "URLRewrite",
                  urlRewrite: { path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/" } },
                },
              ],
              backendRefs: backends.map(({ service, port, weight }) => ({
                name: service,
                port,
                weight,
              })),
            },
          ],
        },
      },
      parent,
    );
    new GrpcRoute(
      `${name}-grpc`,
      {
        metadata,
        spec: {
          parentRefs: [{ name: gateway.gateway, sectionName: listeners.grpc.name }],
          rules: [
            {
              matches: [
                {
                  method: { type: "Exact", service: grpcService },
                  headers: [{ type: "Exact", name: headers.routeModel, value: model }],
                },
              ],
              backendRefs: backends.map(({ service, grpcPort, weight }) => ({
                name: service,
                port: grpcPort,
                weight,
              })),
            },
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
