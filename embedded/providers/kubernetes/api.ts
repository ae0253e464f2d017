import type { Properties } from "../shared/values.ts";
import { isProperties, objectsAt, textAt } from "../shared/values.ts";
import { isNotFound } from "./client.ts";
import type { Client } from "./client.ts";
import { builtInScope, groupOf, kindOf } from "./kind.ts";
import type { Kind } from "./kind.ts";
import { nameOf, namespaceOf } from "./metadata.ts";

/** Where a kind is served. */
export interface Endpoint {
  readonly plural: string;
  readonly namespaced: boolean;
}

/** The server does not serve a kind; its CustomResourceDefinition may still come. */
export class UnknownKind extends Error {
  constructor({ apiVersion, kind }: Kind) {
    super(
      `the API server knows no ${kind} of ${apiVersion}: check that its CustomResourceDefinition is installed and established`,
    );
  }
}

/** Kubernetes objects by kind and name. Which kinds there are is asked once per API version, and again when one is missing. */
export class Api {
  readonly client: Client;
  readonly #served = new Map<string, Promise<Map<string, Endpoint>>>();
  readonly #declared = new Map<string, boolean>();

  constructor(client: Client) {
    this.client = client;
  }

  /** Remembers the scope of kinds that a CustomResourceDefinition of this program is about to add. */
  declare(definition: Properties): void {
    const spec = definition["spec"];
    const namespaced = textAt(spec, "scope") !== "Cluster";
    this.#declared.set(`${textAt(spec, "group")}/${textAt(spec, "names", "kind")}`, namespaced);
  }

  /** Forgets which kinds there are: a CustomResourceDefinition was added. */
  forget(): void {
    this.#served.clear();
  }

  /**
   * Where a kind is served.
   * @throws UnknownKind
   */
  async endpoint(kind: Kind): Promise<Endpoint> {
    const cached = (await this.#discover(kind.apiVersion)).get(kind.kind);
    if (cached !== undefined) return cached;
    this.#served.delete(kind.apiVersion);
    const fresh = (await this.#discover(kind.apiVersion)).get(kind.kind);
    if (fresh === undefined) throw new UnknownKind(kind);
    return fresh;
  }

  /** Whether objects of a kind live in namespaces. A kind nobody knows yet is taken to. */
  async isNamespaced(kind: Kind): Promise<boolean> {
    const builtIn = builtInScope(kind);
    if (builtIn !== undefined) return builtIn === "Namespaced";
    const declared = this.#declared.get(`${groupOf(kind.apiVersion)}/${kind.kind}`);
    if (declared !== undefined) return declared;
    try {
      return (await this.endpoint(kind)).namespaced;
    } catch (error) {
      if (error instanceof UnknownKind) return true;
      throw error;
    }
  }

  #discover(apiVersion: string): Promise<Map<string, Endpoint>> {
    const known = this.#served.get(apiVersion);
    if (known) return known;
    const asked = this.client
      .request("GET", root(apiVersion))
      .catch((error: unknown) => {
        if (isNotFound(error)) return {};
        this.#served.delete(apiVersion);
        throw error;
      })
      .then(endpoints);
    this.#served.set(apiVersion, asked);
    return asked;
  }

  async path(kind: Kind, namespace: string, name?: string): Promise<string> {
    const { plural, namespaced } = await this.endpoint(kind);
    const scope = namespaced ? `/namespaces/${namespace || "default"}` : "";
    return `${root(kind.apiVersion)}${scope}/${plural}${name === undefined ? "" : `/${name}`}`;
  }

  async pathOf(object: Properties): Promise<string> {
    return this.path(kindOf(object), namespaceOf(object), nameOf(object));
  }

  async get(kind: Kind, namespace: string, name: string): Promise<Properties> {
    return this.client.request("GET", await this.path(kind, namespace, name));
  }

  /** The object, or undefined where it is not there. */
  async find(kind: Kind, namespace: string, name: string): Promise<Properties | undefined> {
    try {
      return await this.get(kind, namespace, name);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async list(kind: Kind, namespace: string, labelSelector = ""): Promise<Properties[]> {
    const query: Record<string, string> = labelSelector === "" ? {} : { labelSelector };
    const answer = await this.client.request("GET", await this.path(kind, namespace), { query });
    return objectsAt(answer, "items");
  }
}

function root(apiVersion: string): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

function endpoints(answer: Properties): Map<string, Endpoint> {
  const found = new Map<string, Endpoint>();
  for (const resource of objectsAt(answer, "resources")) {
    const plural = textAt(resource, "name");
    // Subresources such as deployments/scale carry kinds of their own.
    if (!isProperties(resource) || plural.includes("/")) continue;
    found.set(textAt(resource, "kind"), { plural, namespaced: resource["namespaced"] === true });
  }
  return found;
}
