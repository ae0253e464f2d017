import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { home, homePaths } from "./paths.ts";
import type { Report } from "./report.ts";
import { ensureGoTool } from "./toolchain/go.ts";
import { ensurePulumi } from "./toolchain/pulumi.ts";

/** Names the home whose environment a shell has. */
const markerVariable = "ISOTHERM_ENV_OF";

/** Variables that put this platform's tools, backend and passphrase into a shell. */
export type Environment = Record<string, string>;

/**
 * Finds or makes the tools, and says how to use them. A backend that the user is logged in to (PULUMI_BACKEND_URL or
 * PULUMI_ACCESS_TOKEN) stays theirs.
 */
export async function platformEnvironment(report: Report): Promise<Environment> {
  const pulumi = await ensurePulumi(report);
  const kube = await ensureGoTool("kube", report);
  mkdirSync(homePaths.state, { recursive: true, mode: 0o700 });
  mkdirSync(homePaths.pulumiHome, { recursive: true, mode: 0o700 });
  const inherited = usersChoices(process.env, home);
  const path = [
    dirname(process.execPath),
    ...pulumi.path,
    kubectlFolder(join(kube, "bin", "kube")),
  ];
  const environment: Environment = {
    PATH: [...path, ...inheritedPath(path)].join(delimiter),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // A second and a half of every preview would else go into compiling Pulumi's own modules again.
    NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"] ?? homePaths.compiled,
    [markerVariable]: home,
  };
  if (existsSync(homePaths.kubeconfig)) {
    environment["KUBECONFIG"] = kubeConfigList(homePaths.kubeconfig, inherited["KUBECONFIG"]);
  }
  // Ours whatever the backend: stand-in plugins must not shadow the official ones of the user's other projects.
  environment["PULUMI_HOME"] = homePaths.pulumiHome;
  if (inherited["PULUMI_ACCESS_TOKEN"] !== undefined) return environment;
  environment["PULUMI_BACKEND_URL"] =
    inherited["PULUMI_BACKEND_URL"] ?? `file://${homePaths.state}`;
  if (inherited["PULUMI_CONFIG_PASSPHRASE"] === undefined) {
    environment["PULUMI_CONFIG_PASSPHRASE_FILE"] =
      inherited["PULUMI_CONFIG_PASSPHRASE_FILE"] ?? passphraseFile();
  }
  return environment;
}

/** Puts the environment into this process. */
export async function useEnvironment(report: Report): Promise<Environment> {
  const environment = await platformEnvironment(report);
  Object.assign(process.env, environment);
  return environment;
}

/**
 * What the user decided about Pulumi: the inherited variables without those that `npm run env` of another checkout
 * put there. A backend that the user chose stays, although that environment repeats it.
 */
export function usersChoices(
  inherited: Readonly<Record<string, string | undefined>>,
  ownHome: string,
): Record<string, string | undefined> {
  const other = inherited[markerVariable];
  if (other === undefined || other === ownHome) return { ...inherited };
  const isOfOther = (value: string) => value.replace(/^file:\/\//, "").startsWith(`${other}/`);
  const { KUBECONFIG = "", ...rest } = inherited;
  const files = KUBECONFIG.split(delimiter).filter((file) => file !== "" && !isOfOther(file));
  return {
    ...Object.fromEntries(
      Object.entries(rest).filter(
        ([name, value = ""]) => !/^PULUMI_/.test(name) || !isOfOther(value),
      ),
    ),
    ...(files.length > 0 && { KUBECONFIG: files.join(delimiter) }),
  };
}

/** Our cluster's file, so that kubectl begins there, and the user's after it: a stack file may name a context of theirs. */
export function kubeConfigList(own: string, users = ""): string {
  const files = [own, ...users.split(delimiter)].filter((file) => file !== "");
  return [...new Set(files)].join(delimiter);
}

/**
 * The environment without what names somebody's platform: what runs in a clone of its own, from a shell of
 * `npm run env`, would otherwise work on that person's backend and cluster. What only tunes the set-up stays.
 */
export function withoutPlatform(
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const kept = ["ISOTHERM_SUBNETS", "ISOTHERM_KEEP_GO_CACHE"];
  return Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined &&
        (kept.includes(entry[0]) || !/^(PULUMI_|ISOTHERM_|KUBECONFIG$)/.test(entry[0])),
    ),
  );
}

function inheritedPath(own: readonly string[]): string[] {
  return (process.env["PATH"] ?? "").split(delimiter).filter((folder) => !own.includes(folder));
}

/** kubectl is one of the faces of the `kube` binary, which looks at the name it is called by. */
function kubectlFolder(kube: string): string {
  const folder = join(home, "bin");
  const link = join(folder, "kubectl");
  mkdirSync(folder, { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(kube, link);
  return folder;
}

function passphraseFile(): string {
  if (!existsSync(homePaths.passphrase)) {
    writeFileSync(homePaths.passphrase, randomBytes(32).toString("base64url"), {
      mode: 0o600,
      flag: "wx",
    });
  }
  return homePaths.passphrase;
}
