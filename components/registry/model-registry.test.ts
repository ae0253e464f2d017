import { expect, test } from "vitest";
import { declare, generatedSecret, only, valueOf, type Declared } from "../../test/mocks.ts";
import { storeAccountNames } from "../../contracts/store-accounts.ts";
import { podsOf, violations } from "../../test/pod-security.ts";
import { ModelRegistry } from "./model-registry.ts";
import { databaseStartScript, registryStartScript } from "./scripts.ts";

const args = {
  environment: "dev",
  namespace: "isotherm-dev",
  images: {
    postgres: "r/postgres:15",
    s3: "r/s3:1",
    mlflow: "r/mlflow:3",
    training: "r/training:1",
  },
  storage: { database: "1Gi", objects: "2Gi" },
  storageClass: undefined,
  protectData: false,
};
const declareRegistry = (change = {}) =>
  declare(() => new ModelRegistry("registry", { ...args, ...change }));

const kinds = (resources: readonly Declared[]) =>
  resources.map(({ type, name }) => `${type} ${name}`).sort();

test("a registry is a database, an object store with its buckets and accounts, and MLflow, and nothing else", async () => {
  const { resources } = await declareRegistry();
  const accounts = storeAccountNames.flatMap((account) => [
    `kubernetes:core/v1:Secret registry-s3-${account}`,
    `random:index/randomPassword:RandomPassword registry-s3-${account}-secret-key`,
  ]);
  expect(kinds(resources)).toEqual(
    [
      "isotherm:registry:Database registry-db",
      "isotherm:registry:ModelRegistry registry",
      "isotherm:registry:ObjectStore registry-s3",
      "isotherm:registry:RegistryServer registry-mlflow",
      "isotherm:registry:StorageInit registry-s3-buckets",
      "kubernetes:apps/v1:Deployment registry-mlflow",
      "kubernetes:apps/v1:StatefulSet registry-db",
      "kubernetes:apps/v1:StatefulSet registry-s3",
      "kubernetes:batch/v1:Job registry-s3-buckets",
      "kubernetes:core/v1:ConfigMap registry-db-start",
      "kubernetes:core/v1:ConfigMap registry-mlflow-start",
      "kubernetes:core/v1:PersistentVolumeClaim registry-db-data",
      "kubernetes:core/v1:PersistentVolumeClaim registry-s3-data",
      "kubernetes:core/v1:Secret registry-db-credentials",
      "kubernetes:core/v1:Secret registry-s3-credentials",
      "kubernetes:core/v1:Service registry-db-service",
      "kubernetes:core/v1:Service registry-mlflow-service",
      "kubernetes:core/v1:Service registry-s3-service",
      "random:index/randomPassword:RandomPassword registry-db-password",
      "random:index/randomPassword:RandomPassword registry-s3-access-key",
      "random:index/randomPassword:RandomPassword registry-s3-secret-key",
      ...accounts,
    ].sort(),
  );
});

test("every pod passes Pod Security restricted, has requests and limits, and a fixed image", async () => {
  const { resources } = await declareRegistry();
  const pods = podsOf(resources);
  expect(pods).toHaveLength(4);
  expect(pods.flatMap(violations)).toEqual([]);
});

test("U-04 credentials are generated, go into Secrets only, and appear nowhere in the clear", async () => {
  const { resources } = await declareRegistry();
  expect(JSON.stringify(resources)).not.toContain(generatedSecret);
  const secrets = resources.filter(({ type }) => type === "kubernetes:core/v1:Secret");
  expect(secrets).toHaveLength(2 + storeAccountNames.length);
  for (const { name, inputs } of secrets) expect(inputs["stringData"], name).toBe("[secret]");
  for (const pod of podsOf(resources)) {
    for (const container of pod.containers) {
      for (const { name, value } of container["env"] as { name: string; value?: string }[]) {
        if (/PASSWORD|SECRET|ACCESS_KEY/.test(name))
          expect(value, `${pod.owner} ${name}`).toBeUndefined();
      }
    }
  }
});

test("no pod of the registry holds credentials for the API server", async () => {
  const { resources } = await declareRegistry();
  for (const pod of podsOf(resources))
    expect(pod.spec["automountServiceAccountToken"], pod.owner).toBe(false);
});

test("volumes ask for the size and the class that the stack file names", async () => {
  const { resources } = await declareRegistry({ storageClass: "fast" });
  const claim = only(resources, "kubernetes:core/v1:PersistentVolumeClaim", "registry-s3-data");
  expect(claim.inputs["spec"]).toEqual({
    accessModes: ["ReadWriteOnce"],
    storageClassName: "fast",
    resources: { requests: { storage: "2Gi" } },
  });
});

test("where data is protected both volumes are, and stay in the cluster when they leave the program", async () => {
  const kept = async (protectData: boolean) => {
    const { resources } = await declareRegistry({ protectData });
    return resources
      .filter((one) => one.protect === true || one.retainOnDelete === true)
      .map(({ type, name, protect, retainOnDelete }) => [
        type.split(":").at(-1),
        name,
        { protect, retainOnDelete },
      ]);
  };
  const both = { protect: true, retainOnDelete: true };
  expect(await kept(true)).toEqual([
    ["PersistentVolumeClaim", "registry-db-data", both],
    ["PersistentVolumeClaim", "registry-s3-data", both],
  ]);
  expect(await kept(false)).toEqual([]);
});

test("without a class the cluster's default is asked for", async () => {
  const { resources } = await declareRegistry();
  const claim = only(resources, "kubernetes:core/v1:PersistentVolumeClaim", "registry-db-data");
  expect(claim.inputs["spec"]).not.toHaveProperty("storageClassName");
});

test("the Job that makes the buckets has another name for another image, because Jobs cannot change", async () => {
  const nameOf = async (training: string) => {
    const { resources } = await declareRegistry({ images: { ...args.images, training } });
    return (only(resources, "kubernetes:batch/v1:Job").inputs["metadata"] as { name: string }).name;
  };
  expect(await nameOf("r/training:1")).toBe(await nameOf("r/training:1"));
  expect(await nameOf("r/training:2")).not.toBe(await nameOf("r/training:1"));
});

test("MLflow answers to its Service's names and to tunnels, and to no other host", async () => {
  const { resources } = await declareRegistry();
  const [container] =
    podsOf(resources).find(({ owner }) => owner.endsWith("registry-mlflow"))?.containers ?? [];
  const env = container?.["env"] as { name: string; value?: string }[];
  const hosts = env.find(({ name }) => name === "MLFLOW_SERVER_ALLOWED_HOSTS")?.value?.split(",");
  expect(hosts).toContain("mlflow:5000");
  expect(hosts).toContain("mlflow.isotherm-dev.svc.cluster.local:5000");
  expect(hosts).toContain("127.0.0.1:*");
  expect(hosts).not.toContain("*");
});

test("what it requests is what its lasting pods request", async () => {
  const { result } = await declareRegistry();
  expect(result.cpu).toBe(200);
  expect(await valueOf(result.ready)).toBe("mlflow");
});

test("the start scripts print no credentials", () => {
  expect(databaseStartScript).toContain("postgres --single");
  expect(databaseStartScript).not.toMatch(/echo.*PASSWORD|set -x/);
  expect(registryStartScript).not.toContain("print(");
});
