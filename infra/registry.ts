import type { AdmittedRelease } from "../components/serving/model-release.ts";
import { describeVerdict, judge, type Gate } from "../contracts/gates.ts";
import type { Mlflow } from "../contracts/mlflow.ts";
import { tagOf, type ModelVersion } from "../contracts/mlflow-types.ts";
import { tags } from "../contracts/names.ts";
import { parseRelease, shortDigest, type ReleaseManifest } from "../contracts/release.ts";

/** What a slot of the stack file asks for. */
export type Wish = { follow: string } | { release: string };

/** No registered release is what the stack file asks for and passes its gates. */
export class NoReleaseError extends Error {
  constructor(model: string, wish: Wish, refusals: readonly string[]) {
    const wanted =
      "follow" in wish ? `a release of training ${wish.follow}` : `release ${wish.release}`;
    const reasons =
      refusals.length > 0
        ? `:\n  ${refusals.join("\n  ")}`
        : "; the registry holds none: run `pulumi up` again when a training has made one";
    super(`model ${model}: ${wanted} that passes the gates is needed${reasons}`);
    this.name = "NoReleaseError";
  }
}

/** How far back a slot that follows a training looks. */
const lookBack = 20;

/**
 * Finds the newest release in the environment's own registry that the stack file asks for, and judges its evidence,
 * read from the manifest and checked against the digest.
 * @throws NoReleaseError that names the verdict on each release that was looked at
 */
export async function findRelease(
  mlflow: Pick<Mlflow, "modelVersions" | "getRun" | "downloadArtifact">,
  model: string,
  wish: Wish,
  gates: readonly Gate[],
): Promise<AdmittedRelease> {
  const versions = (await mlflow.modelVersions(model)).filter((version) => isWanted(version, wish));
  const refusals: string[] = [];
  for (const version of versions.slice(0, lookBack)) {
    const digest = tagOf(version, tags.release) ?? "";
    const runId = version.run_id ?? "";
    const label = `version ${version.version} (${shortDigest(digest)}, run ${runId})`;
    let manifest: ReleaseManifest;
    try {
      manifest = await readManifest(mlflow, runId, digest);
    } catch (error) {
      refusals.push(`${label}: ${error instanceof Error ? error.message : String(error)}`);
      continue;
    }
    const verdict = judge(manifest.evidence, gates);
    if (verdict.passed) return { digest, version: version.version, runId, manifest, verdict };
    refusals.push(`${label}: ${describeVerdict(verdict)}`);
  }
  throw new NoReleaseError(model, wish, refusals);
}

function isWanted(version: ModelVersion, wish: Wish): boolean {
  if ("follow" in wish) return tagOf(version, tags.training) === wish.follow;
  return tagOf(version, tags.release)?.startsWith(wish.release) ?? false;
}

async function readManifest(
  mlflow: Pick<Mlflow, "getRun" | "downloadArtifact">,
  runId: string,
  digest: string,
): Promise<ReleaseManifest> {
  const run = await mlflow.getRun(runId);
  const bytes = await mlflow.downloadArtifact(run, "model/release.json");
  return parseRelease(new TextDecoder().decode(bytes), digest);
}
