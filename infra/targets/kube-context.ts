import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";

/** The files that kubectl would look at, and the user's own after them: a shell of ours points KUBECONFIG elsewhere. */
export function kubeConfigFiles(variable = process.env["KUBECONFIG"] ?? ""): string[] {
  const files = [...variable.split(delimiter), join(homedir(), ".kube", "config")];
  return [...new Set(files)].filter((file) => file !== "" && existsSync(file));
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
