import { createPrivateKey } from "node:crypto";
import { expect, test } from "vitest";
import { publicKeyPem, signingKeyPem } from "../../contracts/envelope.ts";
import { declare, generatedSecret, only, valueOf } from "../../test/mocks.ts";
import { podsOf, violations } from "../../test/pod-security.ts";
import { ObjectStore } from "../registry/object-store.ts";
import { Recorder } from "./recorder.ts";

const place = { environment: "dev", namespace: "isotherm-dev" };
const declareRecorder = () =>
  declare(() => {
    const objects = new ObjectStore("s3", {
      ...place,
      image: "r/s3:1",
      storage: "1Gi",
      storageClass: undefined,
      tools: "r/training:1",
    });
    return new Recorder("recorder", { ...place, image: "r/serving:1", objects });
  });
const privateKey = signingKeyPem(Buffer.alloc(32, generatedSecret));

test("the recorder passes Pod Security restricted, and is one pod that is never two", async () => {
  const { resources } = await declareRecorder();
  expect(podsOf(resources).flatMap(violations)).toEqual([]);
  const { spec } = only(resources, "kubernetes:apps/v1:Deployment").inputs;
  expect(spec).toMatchObject({ replicas: 1, strategy: { type: "Recreate" } });
});

test("U-05 it may look at what it records in its own namespace, and do nothing else", async () => {
  const { resources } = await declareRecorder();
  const { rules } = only(resources, "kubernetes:rbac.authorization.k8s.io/v1:Role").inputs as {
    rules: { resources: string[]; verbs: string[] }[];
  };
  expect(rules.flatMap(({ resources: kinds }) => kinds).sort()).toEqual([
    "configmaps",
    "deployments",
    "grpcroutes",
    "httproutes",
    "jobs",
  ]);
  expect(new Set(rules.flatMap(({ verbs }) => verbs))).toEqual(new Set(["get", "list", "watch"]));
  expect(resources.some(({ type }) => type.includes("ClusterRole"))).toBe(false);
});

test("its key is in a Secret that it alone mounts, and its public half can be read by everybody", async () => {
  const { result, resources } = await declareRecorder();
  const publicKey = publicKeyPem(createPrivateKey(privateKey));
  expect(await valueOf(result.publicKey)).toBe(publicKey);
  const { data } = only(resources, "kubernetes:core/v1:ConfigMap").inputs;
  expect(data).toEqual({ "key.pem": publicKey });
  const secret = only(resources, "kubernetes:core/v1:Secret", "recorder-key").inputs;
  expect(secret["stringData"]).toBe("[secret]");
  expect(JSON.stringify(resources)).not.toContain(privateKey.split("\n")[1]);
});
