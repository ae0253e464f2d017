import * as pulumi from "@pulumi/pulumi";
import { EnvironmentNamespace } from "../components/foundation/environment-namespace.ts";
import { gatewayNamespace } from "../components/gateway/envoy-gateway.ts";
import { proxyCpu } from "../components/gateway/envoy-gateway-config.ts";
import { EnvironmentGateway } from "../components/gateway/environment-gateway.ts";
import { ModelRoute } from "../components/gateway/model-route.ts";
import { ModelRegistry } from "../components/registry/model-registry.ts";
import { registryPodLabels } from "../components/registry/registry-server.ts";
import { ApiKey } from "../components/serving/api-key.ts";
import { ModelRelease, type AdmittedRelease } from "../components/serving/model-release.ts";
import { ModelServer } from "../components/serving/model-server.ts";
import { Mlflow } from "../contracts/mlflow.ts";
import { ports, services } from "../contracts/names.ts";
import { declareBatches } from "./batches.ts";
import type { environmentRoles } from "./images.ts";
import { findRelease, NoReleaseError } from "./registry.ts";
import type { EnvironmentConfig, ModelConfig } from "./schema.ts";
import type { TrainingConfig } from "./training-schema.ts";
import { gitCommit } from "./targets/git-commit.ts";
import type { Target } from "./targets/target.ts";
import { declareTrainings } from "./trainings.ts";

type EnvironmentTarget = Target<(typeof environmentRoles)[number]>;

export interface ModelOutput {
  /** Base URL; `/predict`, `/v2/...` and the others are below it. */
  url: pulumi.Output<string>;
  /** Workload that trains it here; absent where it was trained elsewhere. */
  workload: string | undefined;
  release: pulumi.Output<string>;
  version: pulumi.Output<string>;
  runId: pulumi.Output<string>;
}

export interface EnvironmentOutputs {
  namespace: pulumi.Output<string>;
  gateway: pulumi.Output<string>;
  /** Where gRPC is spoken for all models: address and port. */
  grpc: pulumi.Output<string>;
  models: Record<string, ModelOutput>;
  apiKey: pulumi.Output<string>;
  registry: string;
  /** CPU requested by all that this stack keeps running, in cores; the gateway's proxy included. */
  requestedCpu: number;
}

const flows = [
  { from: "registry", to: "database", port: services.database.port },
  ...["registry", "storage-init", "training", "batch-inference", "model-server"].map((from) => ({
    from,
    to: "object-store",
    port: services.objects.port,
  })),
  { from: "training", to: "registry", port: services.registry.port },
  ...[ports.http, ports.grpc].map((port) => ({
    from: { namespace: gatewayNamespace },
    to: "model-server",
    port,
  })),
];

/** An environment: its namespace, registry, trainings, models, and the door to them. */
export function declareEnvironment(
  config: EnvironmentConfig,
  target: EnvironmentTarget,
  environment: string,
): EnvironmentOutputs {
  const { images } = target;
  const opts = { provider: target.provider };
  const { namespace } = new EnvironmentNamespace("namespace", { environment, flows }, opts);
  const place = { environment, namespace };

  const registry = new ModelRegistry(
    "registry",
    {
      ...place,
      images,
      storage: {
        database: config.registry.database.storage,
        objects: config.registry.objects.storage,
      },
      storageClass: target.storageClass,
      protectData: false,
    },
    opts,
  );

  const trainings = declareTrainings(
    config,
    { ...place, registry, image: images.training, gitCommit: gitCommit() },
    opts,
  );

  const gateway = new EnvironmentGateway(
    "gateway",
    { ...place, gatewayClass: config.gateway.class },
    opts,
  );
  const apiKey = new ApiKey("api-key", place, opts);

  const models: Record<string, ModelOutput> = {};
  let cpu = registry.cpu + proxyCpu;
  for (const [model, wanted] of Object.entries(config.models)) {
    const training = trainings.get(model);
    const release = pulumi
      .all([namespace, registry.ready, training?.done])
      .apply(([name]) => admit(target, environment, name, model, wanted, training ?? registry));
    new ModelRelease(`${model}-release`, { ...place, model, release }, opts);
    const server = new ModelServer(
      `${model}-blue`,
      {
        ...place,
        model,
        slot: "blue",
        image: images.serving,
        release,
        objects: registry.objects,
        apiKey,
        replicas: wanted.scale.replicas,
        resources: wanted.resources,
        audit: wanted.audit,
        physics: wanted.physics,
        ...(wanted.events === undefined ? {} : { events: { url: wanted.events.sink } }),
      },
      opts,
    );
    const { service, port, grpcPort } = server;
    const backends = [{ service, port, grpcPort, weight: wanted.blue.weight }];
    const route = new ModelRoute(`${model}-route`, { ...place, model, gateway, backends }, opts);
    declareBatches(
      Object.entries(config.batch).filter(([, batch]) => batch.model === model),
      { ...place, registry, image: images.training, release: release.digest },
      opts,
    );
    cpu += server.cpu;
    models[model] = {
      url: route.url,
      workload: workloadOf(config.training[model]),
      release: release.digest,
      version: release.version,
      runId: release.runId,
    };
  }
  return {
    namespace,
    gateway: gateway.address,
    grpc: gateway.grpc,
    models,
    apiKey: apiKey.value,
    registry: registry.url,
    requestedCpu: cpu / 1_000,
  };
}

/** A trainer of the user's own has no workload that says how its model is tried. */
function workloadOf(training: TrainingConfig | undefined): string | undefined {
  return training !== undefined && "workload" in training ? training.workload : undefined;
}

/** Reads the environment's own registry and judges by the environment's own gates, at preview as well. */
async function admit(
  target: EnvironmentTarget,
  environment: string,
  namespace: string,
  model: string,
  wanted: ModelConfig,
  resource: pulumi.Resource,
): Promise<AdmittedRelease> {
  try {
    const labels = registryPodLabels(environment);
    const tunnel = await target.openTunnel(namespace, labels, services.registry.port);
    try {
      return await findRelease(
        new Mlflow({ url: tunnel.url, retries: 8 }),
        model,
        wanted.blue,
        wanted.gates,
      );
    } finally {
      tunnel.close();
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const unread = `model ${model}: the registry of ${environment} cannot be read: ${reason}`;
    throw new Refusal(error instanceof NoReleaseError ? reason : unread, resource);
  }
}

/** Pulumi's SDK puts the path of every property that waits for a value before the message; a reader needs none of it. */
class Refusal extends pulumi.ResourceError {
  constructor(text: string, resource: pulumi.Resource) {
    super(text, resource, true);
    Object.defineProperty(this, "message", { get: () => text, set: () => undefined });
  }
}
