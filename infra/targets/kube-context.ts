import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { homePaths } from "../../embedded/paths.ts";

/** Context of the embedded cluster's kubeconfig. */
const embeddedContext = "isotherm";

/** The files that kubectl would look at, and the user's own after them: a shell of ours points KUBECONFIG elsewhere. */
export function kubeConfigFiles(variable = process.env["KUBECONFIG"] ?? ""): string[] {
  const files = [...variable.split(delimiter), join(homedir(), ".kube", "config")];
  return [...new Set(files)].filter((file) => file !== "" && existsSync(file));
}

/**
 * The cluster that a stack file names; without a context, the one that `npm start` keeps on this machine.
 * @param embedded kubeconfig of that one
 * @throws Error where there is none
 */
export function findCluster(
  context: string | undefined,
  embedded: string = homePaths.kubeconfig,
): { file: string; kubeConfig: KubeConfig } {
  if (context !== undefined) return findContext(context, kubeConfigFiles());
  if (existsSync(embedded)) return findContext(embeddedContext, [embedded]);
  throw new Error(
    "no cluster: run `npm start`, which makes one on this machine, " +
      "or name a kube context under isotherm:target in the stack file",
  );
}

/**
 * Finds the first kubeconfig file that has a context, and selects it there.
 * @throws Error that names the contexts there are
 */
export function findContext(
  context: string,
  files: readonly string[],
): { file: string; kubeConfig: KubeConfig } {
  const known: string[] = [];
  for (const file of files) {
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromFile(file);
    const names = kubeConfig.getContexts().map(({ name }) => name);
    if (names.includes(context)) {
      kubeConfig.setCurrentContext(context);
      return { file, kubeConfig };
    }
    known.push(...names);
  }
  const places = files.length > 0 ? files.join(", ") : "no kubeconfig file";
  const there = known.length > 0 ? `there is ${known.join(", ")}` : "there is none";
  throw new Error(`no kube context is called "${context}" in ${places}; ${there}`);
}
