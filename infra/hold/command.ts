import { AuthenticationV1Api, CoreV1Api } from "@kubernetes/client-node";
import { namespaceOf } from "../../components/foundation/namespace-of.ts";
import { shortDigest } from "../../contracts/release.ts";
import { modelOf, readStack, type Stack } from "../promotion/stacks.ts";
import { findCluster } from "../targets/kube-context.ts";
import { HoldError, liftHold, putHold, type HoldPlace } from "./hold.ts";

export interface HoldOptions {
  release: string;
  env: string;
  reason?: string;
  lift?: true;
}

/** `npm run hold`. */
export async function holdCommand(model: string, options: HoldOptions): Promise<void> {
  const { release, env, reason, lift } = options;
  if ((reason === undefined) === (lift === undefined)) {
    throw new HoldError("say either --reason, which puts the release on hold, or --lift");
  }
  const stack = readStack(env, process.cwd());
  modelOf(stack, model);
  const place = await openCluster(stack);
  const name = `${model}@${shortDigest(release)}`;
  if (reason === undefined) {
    const hold = await liftHold(place, model, release);
    console.log(
      hold === undefined
        ? `${name} was not on hold in ${env}`
        : `${name} is not on hold in ${env} any more (it was since ${hold.at} by ${hold.by}: "${hold.reason}")`,
    );
    return;
  }
  const { hold, isNew } = await putHold(place, model, release, reason);
  const since = isNew ? "is on hold" : `is on hold already, since ${hold.at} by ${hold.by}`;
  console.log(
    `${name} ${since} in ${env}: "${hold.reason}". Weights stay as they are: ` +
      `\`pulumi preview --stack ${env}\` shows the edit that agrees, ` +
      `\`npm run rollback -- ${model} --env ${env}\` moves them to the release before`,
  );
}

async function openCluster({ environment, context }: Stack): Promise<HoldPlace> {
  const { kubeConfig } = findCluster(context);
  const { status } = await kubeConfig
    .makeApiClient(AuthenticationV1Api)
    .createSelfSubjectReview({ body: {} });
  const user = status?.userInfo?.username ?? "";
  const core = kubeConfig.makeApiClient(CoreV1Api);
  return { core, environment, namespace: namespaceOf(environment), user };
}
