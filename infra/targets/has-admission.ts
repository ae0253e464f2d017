import { AdmissionregistrationV1Api, ApiException, type KubeConfig } from "@kubernetes/client-node";
import { routeRule } from "../../components/admission/route-rule.ts";
import { orMissing } from "./or-missing.ts";

/**
 * Whether stack `cluster` made the policies that hold everybody to an environment's list of approved releases. They are not in a
 * namespace, so that who deploys to one may not be allowed to look: then it is taken for true.
 * @throws Error where the API server does not answer
 */
export async function hasAdmission(kubeConfig: KubeConfig): Promise<boolean> {
  const api = kubeConfig.makeApiClient(AdmissionregistrationV1Api);
  try {
    const name = routeRule.name;
    return (await orMissing(api.readValidatingAdmissionPolicyBinding({ name }))) !== undefined;
  } catch (error) {
    if (error instanceof ApiException && error.code === 403) return true;
    throw error;
  }
}
