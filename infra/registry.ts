import { releaseRecord, type AdmittedRelease } from "../components/serving/model-release.ts";
import { sha256Hex } from "../contracts/canonical.ts";
import { describeVerdict, judge, type Gate } from "../contracts/gates.ts";
import { artifactIfThere, type Mlflow } from "../contracts/mlflow.ts";
import { tagOf, type ModelVersion, type Run } from "../contracts/mlflow-types.ts";
import { tags } from "../contracts/names.ts";
import {
  fileByRole,
  parseRelease,
  shortDigest,
  type ReleaseManifest,
} from "../contracts/release.ts";
import { admit, type AdmissionRules } from "./admission.ts";
import type { CompareConfig } from "./model-schema.ts";

/** What a slot of the stack file asks for. */
export type Wish =
  | { follow: string }
  | { release: string; from?: string | undefined; compare?: CompareConfig | undefined };

/** No registered release is what the stack file asks for and passes its gates. */
export class NoReleaseError extends Error {
  constructor(model: string, wish: Wish, refusals: readonly string[]) {
    const wanted =
      "follow" in wish ? `a release of training ${wish.follow}` : `release ${wish.release}`;
    const reasons = refusals.length > 0 ? `:\n  ${refusals.join("\n  ")}` : `; ${wayOut(wish)}`;
    super(`model ${model}: ${wanted} that passes the gates is needed${reasons}`);
    this.name = "NoReleaseError";
  }
}

/** What to do where the registry has nothing of the kind. */
function wayOut(wish: Wish): string {
  if ("follow" in wish || wish.from === undefined) {
    return "the registry holds none: run `pulumi up` again when a training has made one";
  }
  return (
    `the registry holds none: copy it from ${wish.from} with ` +
    "`npm run releases -- sync --stack <this one>`"
  );
}

/** How far back a slot that follows a training looks. */
const lookBack = 20;

/**
 * Finds the newest release in the environment's own registry that the stack file asks for, and judges its evidence,
 * read from the manifest and checked against the digest.
 * A release that was not admitted before is held to the rules of admission as well.
 * @throws NoReleaseError that names the verdict on each release that was looked at
 */
export async function findRelease(
  mlflow: Pick<Mlflow, "modelVersions" | "getRun" | "downloadArtifact">,
  model: string,
  wish: Wish,
  gates: readonly Gate[],
  rules: AdmissionRules = {},
): Promise<AdmittedRelease> {
  const versions = (await mlflow.modelVersions(model)).filter(
    (version) =>
      isWanted(version, wish) && rules.passOver?.(tagOf(version, tags.release) ?? "") !== true,
  );
  const refusals: string[] = [];
  for (const version of versions.slice(0, lookBack)) {
    const digest = tagOf(version, tags.release) ?? "";
    const runId = version.run_id ?? "";
    const label = `version ${version.version} (${shortDigest(digest)}, run ${runId})`;
    let run: Run;
    let manifest: ReleaseManifest;
    try {
      run = await mlflow.getRun(runId);
      manifest = await readManifest(mlflow, run, digest);
    } catch (error) {
      refusals.push(`${label}: ${error instanceof Error ? error.message : String(error)}`);
      continue;
    }
    const verdict = judge(manifest.evidence, gates);
    if (!verdict.passed) {
      refusals.push(`${label}: ${describeVerdict(verdict)}`);
      continue;
    }
    const release = { digest, version: version.version, runId, manifest, verdict };
    const known =
      rules.recordOf?.(digest) ??
      (rules.isShadow === true ? rules.shadowRecordOf?.(digest) : undefined);
    if (known !== undefined) return { ...release, record: known };
    const admitted = await admit(mlflow, { digest, manifest, version, run }, rules);
    if (admitted.refusal !== undefined) {
      refusals.push(`${label}: ${admitted.refusal}`);
      continue;
    }
    const { admission, comparison } = admitted;
    const contract = await contractOf(mlflow, run, manifest);
    const origin = { from: tagOf(version, tags.from), contract, comparison };
    return { ...release, record: releaseRecord(release, admission, origin) };
  }
  throw new NoReleaseError(model, wish, refusals);
}

function isWanted(version: ModelVersion, wish: Wish): boolean {
  if ("follow" in wish) return tagOf(version, tags.training) === wish.follow;
  return tagOf(version, tags.release)?.startsWith(wish.release) ?? false;
}

async function readManifest(
  mlflow: Pick<Mlflow, "downloadArtifact">,
  run: Run,
  digest: string,
): Promise<ReleaseManifest> {
  const bytes = await mlflow.downloadArtifact(run, "model/release.json");
  return parseRelease(new TextDecoder().decode(bytes), digest);
}

/**
 * The model contract as text, for the record; undefined where the registry's copy is gone or is not the one that the
 * manifest names. Servers read it from the object store.
 */
async function contractOf(
  mlflow: Pick<Mlflow, "downloadArtifact">,
  run: Run,
  manifest: ReleaseManifest,
): Promise<string | undefined> {
  const file = fileByRole(manifest, "contract");
  if (file === undefined) return undefined;
  const bytes = await artifactIfThere(mlflow, run, `model/${file.path}`);
  if (bytes === undefined || sha256Hex(bytes) !== file.sha256) return undefined;
  return new TextDecoder().decode(bytes);
}
