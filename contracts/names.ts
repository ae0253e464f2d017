/** Ports of our containers. */
export const ports = { http: 8080, grpc: 8081, metrics: 9090 } as const;

/** Services of an environment's registry, inside its namespace. */
export const services = {
  database: { name: "postgres", port: 5432 },
  objects: { name: "s3", port: 7070 },
  registry: { name: "mlflow", port: 5000 },
} as const;

/** Buckets of an environment's object store. */
export const buckets = { releases: "isotherm", artifacts: "mlflow-artifacts" } as const;

/** Where a server finds its mounted configuration. */
export const servingConfigPath = "/etc/isotherm/serving.json";

/** Where a server finds the SHA-256 digests of the API keys it accepts, one a line. */
export const apiKeysPath = "/etc/isotherm-keys/api-keys";

/** Where the recorder finds the private key that signs the ledger, in PEM. */
export const ledgerKeyPath = "/etc/isotherm-ledger/key.pem";

/** The ConfigMap of an environment with the public half of that key. */
export const ledgerPublicKey = { name: "ledger-public-key", file: "key.pem" } as const;

/** Label and tag keys that are ours. */
export const keys = {
  environment: "isotherm.dev/environment",
  model: "isotherm.dev/model",
  slot: "isotherm.dev/slot",
  /** On nodes: which of the environment's GPU pools they are. */
  pool: "isotherm.dev/pool",
  /** On pods of a sweep: how often a trial is tried again. */
  retries: "isotherm.dev/retries",
  release: "isotherm.dev/release",
  /** On the record of a hold: first digits of the release that may have no requests. */
  hold: "isotherm.dev/hold",
  /** On routes and servers: who deployed what they say now, from which commit, and a digest of what that is. */
  deployer: "isotherm.dev/deployer",
  commit: "isotherm.dev/commit",
  deployed: "isotherm.dev/deployed",
  /** On servers: a digest of their pods, which another one of rolls them. */
  pod: "isotherm.dev/pod",
  /** On what the program writes: whose change of it was undone last, and when that was made. */
  undone: "isotherm.dev/undone",
} as const;

/** Tags on MLflow runs and model versions. */
export const tags = {
  release: "isotherm.release",
  training: "isotherm.training",
  gitCommit: "isotherm.git_commit",
  image: "isotherm.image",
  /** Where the image's reference names it. */
  imageDigest: "isotherm.image_digest",
  dataVersion: "isotherm.data_version",
  dataSha256: "isotherm.data_sha256",
  environment: "isotherm.environment",
  workload: "isotherm.workload",
  task: "isotherm.task",
  optimiser: "isotherm.optimiser",
  /** Of a model that was not trained by a workload of ours: how it came, and what wrote its file. */
  origin: "isotherm.origin",
  /** On a version: key of its newest comparison in the object store, and the release that it was compared with. */
  comparison: "isotherm.comparison",
  comparedWith: "isotherm.compared_with",
  /** Which Job made a run: a retry of the same Job goes on with the same run. */
  job: "isotherm.job",
  /** On a release that was copied: from which environment, and when. Where it was trained is in its lineage. */
  from: "isotherm.from",
  copiedAt: "isotherm.copied_at",
  /** Why a run did not finish, in a sentence. */
  failure: "isotherm.failure",
} as const;

/** Aliases on registered models. */
export const aliases = { champion: "champion", candidate: "candidate", shadow: "shadow" } as const;

/** Headers of requests and answers; those of the model carry lineage where a protocol's body has no room for it. */
export const headers = {
  apiKey: "x-api-key",
  requestId: "x-request-id",
  /** W3C trace context. */
  traceparent: "traceparent",
  /** Length of the JSON in front of binary tensors, by the Open Inference Protocol's extension. */
  inferenceHeaderLength: "inference-header-content-length",
  /** How long the gateway waits for an answer, in milliseconds. */
  gatewayTimeout: "x-envoy-expected-rq-timeout-ms",
  modelName: "x-model-name",
  modelVersion: "x-model-version",
  release: "x-model-release",
  dataVersion: "x-data-version",
  slot: "x-model-slot",
  /** On a gRPC call through the gateway: which model it is for, since its path says only which method. */
  routeModel: "x-isotherm-model",
  /** On a request through the gateway: the slot it is for, whatever that one's weight. */
  routeSlot: "x-isotherm-slot",
} as const;
