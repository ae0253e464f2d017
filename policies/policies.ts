import type { Policies } from "@pulumi/policy";
import { autoscaledReplicas } from "./autoscaled-replicas.ts";
import { backupConfigured } from "./backup-configured.ts";
import { disruptionBudget } from "./disruption-budget.ts";
import { gpuHours } from "./gpu-hours.ts";
import { gpuPlacement } from "./gpu-placement.ts";
import { imagesByDigest } from "./images-by-digest.ts";
import { noLatestImage } from "./no-latest-image.ts";
import { noPublicService } from "./no-public-service.ts";
import { refuseOptions } from "./options.ts";
import { protectedData } from "./protected-data.ts";
import { releaseAdmission } from "./release-admission.ts";
import { releaseComparison } from "./release-comparison.ts";
import { releaseContract } from "./release-contract.ts";
import { releaseDigest } from "./release-digest.ts";
import { releaseFloor } from "./release-floor.ts";
import { releaseGates } from "./release-gates.ts";
import { releaseLineage } from "./release-lineage.ts";
import { releasePath } from "./release-path.ts";
import { requestsAndLimits } from "./requests-and-limits.ts";
import { restrictedNamespaces } from "./restricted-namespaces.ts";
import { restrictedPods } from "./restricted-pods.ts";
import { routesAskForKeys } from "./routes-ask-for-keys.ts";
import { servedReleases } from "./served-releases.ts";

const all: Policies = [
  releaseDigest,
  releaseGates,
  releaseLineage,
  releasePath,
  releaseAdmission,
  releaseComparison,
  servedReleases,
  releaseContract,
  releaseFloor,
  noLatestImage,
  imagesByDigest,
  requestsAndLimits,
  restrictedNamespaces,
  restrictedPods,
  gpuPlacement,
  gpuHours,
  autoscaledReplicas(),
  disruptionBudget,
  protectedData,
  backupConfigured,
  noPublicService,
  routesAskForKeys,
];

/** Every policy of the pack, in the order of docs/policies.md. */
export const policies: Policies = all.map(refuseOptions);
