import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import type { input } from "@pulumi/kubernetes/types/index.js";
import type * as pulumi from "@pulumi/pulumi";

type Metadata = pulumi.Input<input.meta.v1.ObjectMeta>;

/** Arguments of a custom resource whose spec has this type. */
export interface Arguments<Spec> {
  metadata: Metadata;
  spec: pulumi.Input<Spec>;
}

export interface ListenerSpec {
  name: string;
  protocol: "HTTP";
  port: number;
  allowedRoutes: { namespaces: { from: "Same" | "All" } };
}

export interface GatewayStatus {
  addresses?: { type: string; value: string }[];
}

/** gateway.networking.k8s.io/v1 Gateway. */
export class Gateway extends CustomResource {
  /** What the controller reported when the resource was last made, changed or refreshed. */
  declare public readonly status: pulumi.Output<GatewayStatus | undefined>;

  constructor(
    name: string,
    args: Arguments<{ gatewayClassName: string; listeners: ListenerSpec[] }>,
    opts?: pulumi.CustomResourceOptions,
  ) {
    // Named here, so that the SDK hands out what the provider answers for it.
    const outputs = { status: undefined };
    super(
      name,
      { apiVersion: "gateway.networking.k8s.io/v1", kind: "Gateway", ...args, ...outputs },
      opts,
    );
  }
}

/** A listener of a Gateway. */
export interface ParentRef {
  name: pulumi.Input<string>;
  sectionName: string;
}

export interface BackendRef {
  name: pulumi.Input<string>;
  port: number;
  weight: number;
}

export interface HeaderMatch {
  type: "Exact";
  name: string;
  value: string;
}

/** A copy of the requests, whose answers are thrown away; of all of them where no percentage is given. */
export interface RequestMirror {
  type: "RequestMirror";
  requestMirror: { backendRef: Omit<BackendRef, "weight">; percent?: number };
}

export interface PrefixRewrite {
  type: "URLRewrite";
  urlRewrite: { path: { type: "ReplacePrefixMatch"; replacePrefixMatch: string } };
}

export interface HttpRouteSpec {
  parentRefs: ParentRef[];
  rules: {
    matches: { path: { type: "PathPrefix"; value: string }; headers?: HeaderMatch[] }[];
    filters: (PrefixRewrite | RequestMirror)[];
    backendRefs: BackendRef[];
  }[];
}

/** gateway.networking.k8s.io/v1 HTTPRoute. */
export class HttpRoute extends CustomResource {
  constructor(name: string, args: Arguments<HttpRouteSpec>, opts?: pulumi.CustomResourceOptions) {
    super(name, { apiVersion: "gateway.networking.k8s.io/v1", kind: "HTTPRoute", ...args }, opts);
  }
}

export interface GrpcRouteSpec {
  parentRefs: ParentRef[];
  rules: {
    matches: {
      method: { type: "Exact"; service: string };
      headers: HeaderMatch[];
    }[];
    filters?: RequestMirror[];
    backendRefs: BackendRef[];
  }[];
}

/** gateway.networking.k8s.io/v1 GRPCRoute. */
export class GrpcRoute extends CustomResource {
  constructor(name: string, args: Arguments<GrpcRouteSpec>, opts?: pulumi.CustomResourceOptions) {
    super(name, { apiVersion: "gateway.networking.k8s.io/v1", kind: "GRPCRoute", ...args }, opts);
  }
}

/** gateway.networking.k8s.io/v1 GatewayClass. */
export class GatewayClass extends CustomResource {
  constructor(
    name: string,
    args: Arguments<{
      controllerName: string;
      parametersRef: {
        group: string;
        kind: string;
        name: pulumi.Input<string>;
        namespace: pulumi.Input<string>;
      };
    }>,
    opts?: pulumi.CustomResourceOptions,
  ) {
    super(
      name,
      { apiVersion: "gateway.networking.k8s.io/v1", kind: "GatewayClass", ...args },
      opts,
    );
  }
}

/** gateway.envoyproxy.io/v1alpha1 EnvoyProxy: how the proxies of a class run. */
export class EnvoyProxy extends CustomResource {
  constructor(
    name: string,
    args: Arguments<Record<string, unknown>>,
    opts?: pulumi.CustomResourceOptions,
  ) {
    super(
      name,
      { apiVersion: "gateway.envoyproxy.io/v1alpha1", kind: "EnvoyProxy", ...args },
      opts,
    );
  }
}

/** gateway.envoyproxy.io/v1alpha1 BackendTrafficPolicy: how proxies ask the servers behind a Gateway. */
export class BackendTrafficPolicy extends CustomResource {
  constructor(
    name: string,
    args: Arguments<{
      targetRefs: { group: string; kind: "Gateway"; name: pulumi.Input<string> }[];
      retry: {
        numRetries: number;
        retryOn: { triggers: readonly string[] };
        perRetry: { backOff: { baseInterval: string; maxInterval: string } };
      };
      timeout: { tcp: { connectTimeout: string } };
      healthCheck: {
        passive: {
          splitExternalLocalOriginErrors: boolean;
          consecutiveLocalOriginFailures: number;
          consecutive5XxErrors: number;
          interval: string;
          baseEjectionTime: string;
          maxEjectionPercent: number;
        };
      };
    }>,
    opts?: pulumi.CustomResourceOptions,
  ) {
    super(
      name,
      { apiVersion: "gateway.envoyproxy.io/v1alpha1", kind: "BackendTrafficPolicy", ...args },
      opts,
    );
  }
}
