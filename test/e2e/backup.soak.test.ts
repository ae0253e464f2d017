// P-02 on a cluster: a registry is copied, drilled, lost with its whole environment, and restored into a new one. Another
// environment's object store plays the store elsewhere; one on another machine is not shown.
import { beforeAll, describe, expect, test } from "vitest";
import { headers } from "../../contracts/names.ts";
import { shortDigest } from "../../contracts/release.ts";
import { withObjects, withStoreAccess } from "./objects.ts";
import {
  askWine,
  cloneCheckout,
  isotherm,
  obstacle,
  shell,
  stackOutputs,
  suiteTitle,
} from "./platform.ts";
import { withRegistry } from "./registry.ts";
import { editStack, keepStackFile, setIn } from "./stack-files.ts";
import { up } from "./travel.ts";

const namespace = "isotherm-dev";
const away = "isotherm-staging";
const backup = (what: string) => shell(`npm run -s backup -- ${what} --env dev`);
/** The line of a Job's log that says how it ended. */
function told(output: string, key: string): Record<string, unknown> {
  const lines = [...output.matchAll(/\{.*\}$/gm)].map(
    ([line]) => JSON.parse(line) as Record<string, unknown>,
  );
  return lines.find((line) => key in line) ?? {};
}

describe.skipIf(obstacle() !== undefined)(suiteTitle("a backup"), () => {
  let release: string;

  /** As an operator does, by hand. */
  async function makeSecret(): Promise<void> {
    await withStoreAccess("staging", away, ({ accessKeyId, secretAccessKey }) =>
      shell(
        `kubectl create secret generic backup-keys -n ${namespace} ` +
          `--from-literal=accessKeyId='${accessKeyId}' --from-literal=secretAccessKey='${secretAccessKey}'`,
      ),
    );
  }

  /** Versions of wine, by what MLflow's own server says. */
  const versions = () => withRegistry("dev", namespace, (mlflow) => mlflow.modelVersions("wine"));

  beforeAll(async () => {
    await cloneCheckout();
    await isotherm(["start"]);
    release = (await stackOutputs("dev")).models["wine"]?.release ?? "";
    await shell("pulumi stack init staging");
    await up("staging");
    await withObjects("staging", away, (objects) => objects.createBucket("backups"));
    setIn("dev", ["isotherm:backup"], {
      schedule: "30 1 * * *",
      destination: {
        endpoint: `http://s3.${away}.svc.cluster.local:7070`,
        region: "us-east-1",
        bucket: "backups",
        secret: "backup-keys",
      },
    });
    await up("dev");
    await makeSecret();
  });

  test("P-02 is made and stands its drill", async () => {
    const made = told(await backup("run"), "backup");
    expect(made).toMatchObject({ backup: expect.any(String), objects: expect.any(Number) });
    expect(told(await backup("verify"), "verified")).toMatchObject({
      verified: made["backup"],
      objects: made["objects"],
      models: 1,
      versions: 1,
      releases: 1,
    });
  });

  test("P-02 gives a new environment the registry of one that is gone, and its release serves again", async () => {
    const before = await versions();
    expect(before).toHaveLength(1);
    await shell("pulumi destroy --stack dev --yes --skip-preview --non-interactive");
    const putBack = keepStackFile("dev");
    editStack("dev", (document) => {
      for (const part of ["models", "training"]) document.deleteIn(["config", `isotherm:${part}`]);
    });
    await up("dev");
    await makeSecret();
    await backup("restore");
    await shell(
      `kubectl -n ${namespace} rollout restart deployment/mlflow && ` +
        `kubectl -n ${namespace} rollout status deployment/mlflow --timeout=300s`,
    );
    expect(await versions()).toEqual(before);

    putBack();
    editStack("dev", (document) => {
      document.deleteIn(["config", "isotherm:training"]);
      document.setIn(["config", "isotherm:models", "wine", "blue"], {
        release: shortDigest(release),
        weight: 100,
      });
    });
    await up("dev");
    const response = await askWine(await stackOutputs("dev"));
    expect(response.status).toBe(200);
    expect(response.headers.get(headers.release)).toBe(release);
  });

  test("P-02 is refused a registry that is not empty", async () => {
    await expect(backup("restore")).rejects.toThrow(/the registry is not empty/);
  });
});
