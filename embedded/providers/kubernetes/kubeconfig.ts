import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";
import { equal, isProperties, objectsAt, textAt } from "../shared/values.ts";
import type { Properties, Value } from "../shared/values.ts";

/** A kubeconfig file, with paths in it made absolute. */
export interface KubeConfig {
  readonly clusters: ReadonlyMap<string, Properties>;
  readonly contexts: ReadonlyMap<string, Properties>;
  readonly users: ReadonlyMap<string, Properties>;
  readonly currentContext: string;
}

/** What choosing among the entries of a kubeconfig comes to. */
export interface Overrides {
  readonly context?: string;
  readonly cluster?: string;
  readonly namespace?: string;
}

/** How to reach one API server, and as whom. */
export interface Connection {
  readonly server: URL;
  readonly namespace: string;
  readonly tls: {
    readonly ca?: string | Buffer;
    readonly cert?: string | Buffer;
    readonly key?: string | Buffer;
    readonly servername?: string;
    readonly rejectUnauthorized: boolean;
  };
  /** The Authorization header, asked for before each request as tokens run out. */
  readonly authorization: () => Promise<string | undefined>;
}

const serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * The kubeconfig a provider is configured with: the text itself, the path of a file, or "" for the machine's own
 * ($KUBECONFIG, ~/.kube/config). Undefined where the machine has none.
 * @throws if the text is no kubeconfig.
 */
export function loadKubeConfig(pathOrContents: string): KubeConfig | undefined {
  if (pathOrContents !== "") {
    const path = pathOrContents.replace(/^~(?=\/|$)/, homedir());
    const isFile = !path.includes("\n") && existsSync(path);
    return isFile ? parseFile(path) : parseKubeConfig(pathOrContents);
  }
  const fromEnvironment = process.env["KUBECONFIG"];
  const paths = fromEnvironment
    ? fromEnvironment.split(delimiter).filter((path) => path !== "")
    : [join(homedir(), ".kube", "config")];
  const found = paths.filter((path) => existsSync(path)).map(parseFile);
  return found.length === 0 ? undefined : found.reduce(merge);
}

function parseFile(path: string): KubeConfig {
  return parseKubeConfig(readFileSync(path, "utf8"), dirname(resolve(path)));
}

/** Reads a kubeconfig; relative file names in it are relative to `folder`. */
export function parseKubeConfig(text: string, folder = process.cwd()): KubeConfig {
  let document: Value;
  try {
    document = parse(text) as Value;
  } catch (error) {
    throw new Error(`the kubeconfig is no YAML: ${(error as Error).message}`, { cause: error });
  }
  if (!isProperties(document) || !("clusters" in document)) {
    throw new Error(
      "the kubeconfig has no clusters; want the path of a kubeconfig file or its contents",
    );
  }
  const entries = (list: string, field: string): Map<string, Properties> =>
    new Map(
      objectsAt(document, list).map((entry) => {
        const body = entry[field];
        return [textAt(entry, "name"), absolutePaths(isProperties(body) ? body : {}, folder)];
      }),
    );
  return {
    clusters: entries("clusters", "cluster"),
    contexts: entries("contexts", "context"),
    users: entries("users", "user"),
    currentContext: textAt(document, "current-context"),
  };
}

const fileFields = ["certificate-authority", "client-certificate", "client-key", "tokenFile"];

function absolutePaths(entry: Properties, folder: string): Properties {
  const result = { ...entry };
  for (const field of fileFields) {
    const path = textAt(entry, field);
    if (path !== "") result[field] = resolve(folder, path);
  }
  return result;
}

/** As kubectl does it: the first file to name something wins. */
function merge(first: KubeConfig, second: KubeConfig): KubeConfig {
  return {
    clusters: new Map([...second.clusters, ...first.clusters]),
    contexts: new Map([...second.contexts, ...first.contexts]),
    users: new Map([...second.users, ...first.users]),
    currentContext: first.currentContext || second.currentContext,
  };
}

/** The entry of the cluster that would be used, undefined where the kubeconfig does not lead to one. */
export function activeCluster(config: KubeConfig, overrides: Overrides): Properties | undefined {
  const context = config.contexts.get(overrides.context || config.currentContext);
  if (context === undefined) return undefined;
  return config.clusters.get(overrides.cluster || textAt(context, "cluster"));
}

/** Whether two configurations lead to the same cluster, as far as a kubeconfig can tell. */
export function sameCluster(a: Properties | undefined, b: Properties | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && equal(a, b));
}

/**
 * How to connect. Without a kubeconfig the service account of a pod is used, if this is one.
 * @throws if context, cluster or user are missing; the message says which.
 */
export function connection(config: KubeConfig | undefined, overrides: Overrides): Connection {
  if (config === undefined) return inCluster(overrides);
  const contextName = overrides.context || config.currentContext;
  const context = config.contexts.get(contextName);
  if (context === undefined) {
    const names = [...config.contexts.keys()].join(", ") || "none";
    throw new Error(
      contextName === ""
        ? `the kubeconfig has no current context; set "context" to one of: ${names}`
        : `the kubeconfig has no context "${contextName}"; it has: ${names}`,
    );
  }
  const clusterName = overrides.cluster || textAt(context, "cluster");
  const cluster = config.clusters.get(clusterName);
  if (cluster === undefined || textAt(cluster, "server") === "") {
    throw new Error(`the kubeconfig has no server for cluster "${clusterName}"`);
  }
  const user = config.users.get(textAt(context, "user")) ?? {};
  const ca = dataOrFile(cluster, "certificate-authority");
  const cert = dataOrFile(user, "client-certificate");
  const key = dataOrFile(user, "client-key");
  const servername = textAt(cluster, "tls-server-name");
  return {
    server: new URL(textAt(cluster, "server")),
    namespace: overrides.namespace || textAt(context, "namespace") || "default",
    tls: {
      ...(ca && { ca }),
      ...(cert && { cert }),
      ...(key && { key }),
      ...(servername && { servername }),
      rejectUnauthorized: cluster["insecure-skip-tls-verify"] !== true,
    },
    authorization: authorizationOf(user),
  };
}

function inCluster(overrides: Overrides): Connection {
  const host = process.env["KUBERNETES_SERVICE_HOST"];
  if (!host || !existsSync(join(serviceAccount, "token"))) {
    throw new Error(
      'no kubeconfig: set the provider\'s "kubeconfig", $KUBECONFIG, or write ~/.kube/config',
    );
  }
  const port = process.env["KUBERNETES_SERVICE_PORT"] ?? "443";
  return {
    server: new URL(`https://${host.includes(":") ? `[${host}]` : host}:${port}`),
    namespace:
      overrides.namespace || readFileSync(join(serviceAccount, "namespace"), "utf8").trim(),
    tls: { ca: readFileSync(join(serviceAccount, "ca.crt")), rejectUnauthorized: true },
    authorization: authorizationOf({ tokenFile: join(serviceAccount, "token") }),
  };
}

function dataOrFile(entry: Properties, field: string): Buffer | undefined {
  const data = textAt(entry, `${field}-data`);
  if (data !== "") return Buffer.from(data, "base64");
  const path = textAt(entry, field);
  return path === "" ? undefined : readFileSync(path);
}

function authorizationOf(user: Properties): () => Promise<string | undefined> {
  const token = textAt(user, "token");
  if (token !== "") return async () => `Bearer ${token}`;
  const tokenFile = textAt(user, "tokenFile");
  if (tokenFile !== "") return async () => `Bearer ${readFileSync(tokenFile, "utf8").trim()}`;
  if (isProperties(user["exec"])) return execToken(user["exec"]);
  const name = textAt(user, "username");
  if (name !== "") {
    const basic = Buffer.from(`${name}:${textAt(user, "password")}`).toString("base64");
    return async () => `Basic ${basic}`;
  }
  return async () => undefined;
}

/** Runs the credential helper a kubeconfig names (aws eks get-token and its like), again when its token runs out. */
function execToken(exec: Properties): () => Promise<string | undefined> {
  const command = textAt(exec, "command");
  const args = Array.isArray(exec["args"]) ? exec["args"].map(String) : [];
  const env = Object.fromEntries(
    objectsAt(exec, "env").map((entry) => [textAt(entry, "name"), textAt(entry, "value")]),
  );
  const info = JSON.stringify({
    apiVersion: textAt(exec, "apiVersion"),
    kind: "ExecCredential",
    spec: { interactive: false },
  });
  let pending: Promise<{ token: string; expires: number }> | undefined;
  const ask = async (): Promise<{ token: string; expires: number }> => {
    const { stdout } = await promisify(execFile)(command, args, {
      env: { ...process.env, ...env, KUBERNETES_EXEC_INFO: info },
    });
    const status = JSON.parse(stdout) as Properties;
    const token = textAt(status, "status", "token");
    if (token === "") throw new Error(`credential helper ${command} gave no token`);
    const expires = Date.parse(textAt(status, "status", "expirationTimestamp"));
    return { token, expires: Number.isNaN(expires) ? Infinity : expires };
  };
  return async () => {
    const known = await pending?.catch(() => undefined);
    if (known === undefined || known.expires - Date.now() < 60_000) pending = ask();
    const { token } = await (pending ?? ask());
    return `Bearer ${token}`;
  };
}
