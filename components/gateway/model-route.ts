import * as pulumi from "@pulumi/pulumi";
import { keys } from "../../contracts/names.ts";
import { objectLabels } from "../foundation/labels.ts";
import type { EnvironmentGateway } from "./environment-gateway.ts";
import { HttpRoute } from "./kinds.ts";

export interface ModelRouteArgs {
  model: string;
  environment: string;
  namespace: pulumi.Input<string>;
  gateway: EnvironmentGateway;
  /** Services that share the traffic, by whole-number weight. */
  backends: { service: pulumi.Input<string>; port: number; weight: number }[];
}

/** Brings `/models/<model>/...` of the gateway to the model's servers, which see the path without that prefix. */
export class ModelRoute extends pulumi.ComponentResource {
  /** Base URL of the model. */
  public readonly url: pulumi.Output<string>;

  constructor(name: string, args: ModelRouteArgs, opts?: pulumi.ComponentResourceOptions) {
    super("isotherm:gateway:ModelRoute", name, {}, opts);
    const { model, environment, namespace, gateway } = args;
    const prefix = `/models/${model}`;
    const route = new HttpRoute(
      name,
      {
        metadata: {
          name: model,
          namespace,
          labels: {
            ...objectLabels({
              name: "model-route",
              instance: model,
              component: "gateway",
              environment,
            }),
            [keys.model]: model,
          },
          annotations: {
            "pulumi.com/waitFor": `jsonpath={.status.parents[0].conditions[?(@.type=="Accepted")].status}=True`,
          },
        },
        spec: {
          parentRefs: [{ name: gateway.gateway }],
          rules: [
            {
              matches: [{ path: { type: "PathPrefix", value: prefix } }],
              filters: [
                {
                  type: "URLRewrite",
                  urlRewrite: { path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/" } },
                },
              ],
              backendRefs: args.backends.map(({ service, port, weight }) => ({
                name: service,
                port,
                weight,
              })),
            },
          ],
        },
      },
      { parent: this },
    );
    this.url = pulumi
      .all([gateway.address, route.id])
      .apply(([address]) => `http://${address}${prefix}`);
    this.registerOutputs({ url: this.url });
  }
}
