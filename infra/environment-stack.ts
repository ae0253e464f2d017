import * as pulumi from "@pulumi/pulumi";
import { EnvironmentNamespace } from "../components/foundation/environment-namespace.ts";
import { gatewayNamespace } from "../components/gateway/envoy-gateway.ts";
import { proxyCpu } from "../components/gateway/envoy-gateway-config.ts";
import { EnvironmentGateway } from "../components/gateway/environment-gateway.ts";
import { ModelRegistry } from "../components/registry/model-registry.ts";
import { ApiKey } from "../components/serving/api-key.ts";
import { driftComponent } from "../components/monitoring/drift-schedule.ts";
import { Recorder } from "../components/serving/recorder.ts";
import { ApprovedReleases } from "../components/serving/approved-releases.ts";
import { ports, services } from "../contracts/names.ts";
import { admitReleases, type SlotReleases } from "./admitted-releases.ts";
import { declareBackup, flowsOfBackup } from "./backups.ts";
import { declareBatches } from "./batches.ts";
import { ConfigError } from "./config.ts";
import { declareDrift } from "./drift.ts";
import type { environmentRoles } from "./images.ts";
import { describeForeignChanges } from "./foreign-words.ts";
import { checkHolds } from "./holds.ts";
import { checkAgainstLive, undoing, type Live } from "./live.ts";
import { declareModel } from "./models.ts";
import { checkRamps } from "./ramp.ts";
import type { EnvironmentConfig } from "./schema.ts";
import type { TrainingConfig } from "./training-schema.ts";
import { deployerName } from "./targets/deployer.ts";
import { gitCommit } from "./targets/git-commit.ts";
import type { Target } from "./targets/target.ts";
import { declareTrainings } from "./trainings.ts";

type EnvironmentTarget = Target<(typeof environmentRoles)[number]>;

/** What of the world outside its stack file an environment is declared with. */
export interface EnvironmentState {
  /** Name of the environment. */
  environment: string;
  /** What the cluster holds of it now. */
  live: Live;
  /** Tells people what is about to happen. */
  say: (text: string) => void;
}

export interface ModelOutput {
  /** Base URL; `/predict`, `/v2/...` and the others are below it. */
  url: pulumi.Output<string>;
  /** Workload that trains it here; absent where it was trained elsewhere. */
  workload: string | undefined;
  /** Of the slot with the most requests. */
  release: pulumi.Output<string>;
  version: pulumi.Output<string>;
  runId: pulumi.Output<string>;
  /** Digest of the release of each slot. */
  slots: Record<string, pulumi.Output<string>>;
}

export interface EnvironmentOutputs {
  namespace: pulumi.Output<string>;
  gateway: pulumi.Output<string>;
  /** Where gRPC is spoken for all models: address and port. */
  grpc: pulumi.Output<string>;
  /** Those that are served: a model without a slot is not there. */
  models: Record<string, ModelOutput>;
  apiKey: pulumi.Output<string>;
  registry: string;
  /** The public key of the ledger, as PEM: what `npm run ledger -- verify` is told to trust. */
  ledgerKey: pulumi.Output<string>;
  /** CPU requested by all that this stack keeps running, in cores; the gateway's proxy included. */
  requestedCpu: number;
}

const flows = [
  { from: "registry", to: "database", port: services.database.port },
  ...[
    "registry",
    "storage-init",
    "training",
    "batch-inference",
    driftComponent,
    "model-server",
    "recorder",
  ].map((from) => ({
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

/**
 * An environment: its namespace, registry, trainings, models, and the door to them.
 * @throws pulumi.RunError where the stack file asks for what the traffic forbids
 */
export function declareEnvironment(
  config: EnvironmentConfig,
  target: EnvironmentTarget,
  { environment, live, say }: EnvironmentState,
): EnvironmentOutputs {
  const problems = [
    ...checkHolds(environment, config.models, live),
    ...checkAgainstLive(config.models, live),
    ...checkRamps(config.models, live, new Date()),
  ];
  if (problems.length > 0) throw new pulumi.RunError(new ConfigError(problems).message);
  for (const change of describeForeignChanges(config.models, live)) say(change);
  const { images } = target;
  const opts = { provider: target.provider };
  const { namespace } = new EnvironmentNamespace(
    "namespace",
    { environment, flows: [...flows, ...flowsOfBackup(config.backup)] },
    opts,
  );
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
      protectData: config.registry.protect,
    },
    opts,
  );

  declareBackup(config.backup, { ...place, images, registry }, say, {
    ...opts,
    dependsOn: [registry],
  });

  const recorder = new Recorder(
    "recorder",
    { ...place, image: images.serving, objects: registry.objects },
    { ...opts, dependsOn: [registry] },
  );

  const commit = gitCommit();
  const deployer = { deployer: deployerName(), commit };
  const trainings = declareTrainings(
    config,
    { ...place, registry, image: images.training, gitCommit: commit },
    opts,
  );

  const gateway = new EnvironmentGateway(
    "gateway",
    { ...place, gatewayClass: config.gateway.class },
    opts,
  );
  const apiKey = new ApiKey("api-key", place, opts);

  const surroundings = (model: string) => ({
    ...place,
    registry,
    gateway,
    apiKey,
    image: images.serving,
    gpuPools: config.gpuPools,
    training: trainings.get(model),
    live,
    deployer,
    say,
    openTunnel: target.openTunnel,
    openReleases: target.openReleases,
  });
  const admitted = Object.entries(config.models).map(([model, wanted]) => ({
    model,
    wanted,
    releases: admitReleases(model, wanted, surroundings(model), opts),
  }));
  const approved = new ApprovedReleases(
    "approved-releases",
    { ...place, releases: approvedBySlot(admitted), undone: undoing(live.approved) },
    opts,
  );

  const models: Record<string, ModelOutput> = {};
  let cpu = registry.cpu + recorder.cpu + proxyCpu;
  for (const { model, wanted, releases } of admitted) {
    const declared = declareModel(model, wanted, releases, surroundings(model), {
      ...opts,
      dependsOn: [approved],
    });
    if (declared === undefined) continue;
    const { release } = declared;
    declareBatches(
      Object.entries(config.batch).filter(([, batch]) => batch.model === model),
      { ...place, registry, image: images.training, release: release.digest },
      opts,
    );
    declareDrift(model, wanted, { ...place, registry, image: images.training }, opts);
    cpu += declared.cpu;
    models[model] = {
      url: declared.url,
      workload: workloadOf(config.training[model]),
      release: release.digest,
      version: release.version,
      runId: release.runId,
      slots: Object.fromEntries([...declared.releases].map(([slot, { digest }]) => [slot, digest])),
    };
  }
  return {
    namespace,
    gateway: gateway.address,
    grpc: gateway.grpc,
    models,
    apiKey: apiKey.value,
    registry: registry.url,
    ledgerKey: recorder.publicKey,
    requestedCpu: cpu / 1_000,
  };
}

/** What may have requests: a shadow's answers reach nobody, so that it needs nobody's approval. */
function approvedBySlot(
  admitted: readonly { model: string; releases: SlotReleases }[],
): Record<string, pulumi.Output<string>> {
  return Object.fromEntries(
    admitted.flatMap(({ model, releases }) =>
      [...releases].flatMap(([slot, { digest }]) =>
        slot === "shadow" ? [] : [[`${model}-${slot}`, digest] as const],
      ),
    ),
  );
}

/** A trainer of the user's own has no workload that says how its model is tried. */
function workloadOf(training: TrainingConfig | undefined): string | undefined {
  return training !== undefined && "workload" in training ? training.workload : undefined;
}
