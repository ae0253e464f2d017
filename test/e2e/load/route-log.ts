import { type KubeConfig, Watch } from "@kubernetes/client-node";
import { z } from "zod";

/** A model's HTTPRoute as far as it says who has requests, and whether its controller took that up. */
const Route = z.object({
  metadata: z.object({ generation: z.number() }),
  spec: z.object({
    rules: z.array(
      z.object({
        matches: z.array(z.object({ headers: z.array(z.unknown()).optional() })),
        backendRefs: z.array(z.object({ name: z.string(), weight: z.number() })),
      }),
    ),
  }),
  status: z
    .object({
      parents: z.array(
        z.object({
          conditions: z.array(
            z.object({
              type: z.string(),
              status: z.string(),
              observedGeneration: z.number().optional(),
            }),
          ),
        }),
      ),
    })
    .optional(),
});

/** One writing of a model's weights. Times are milliseconds of this machine's clock, when the API server told of them. */
export interface RouteState {
  generation: number;
  /** By slot. */
  weights: Readonly<Record<string, number>>;
  writtenAt: number;
  /** When the route reported that its gateway had accepted it. */
  acceptedAt?: number;
}

/** Follows a model's HTTPRoute. */
export class RouteLog {
  /** Oldest first. */
  readonly states: RouteState[] = [];
  readonly #watch: Watch;
  readonly #path: string;
  readonly #model: string;
  #abort: AbortController | undefined;
  #error: unknown;
  #isClosed = false;

  private constructor(kubeConfig: KubeConfig, namespace: string, model: string) {
    this.#watch = new Watch(kubeConfig);
    this.#path = `/apis/gateway.networking.k8s.io/v1/namespaces/${namespace}/httproutes`;
    this.#model = model;
  }

  static async open(kubeConfig: KubeConfig, namespace: string, model: string): Promise<RouteLog> {
    const log = new RouteLog(kubeConfig, namespace, model);
    await log.#follow();
    return log;
  }

  /** @throws Error where the route could not be followed all the time */
  close(): readonly RouteState[] {
    this.#isClosed = true;
    this.#abort?.abort();
    if (this.#error !== undefined) throw new Error("the watch failed", { cause: this.#error });
    return this.states;
  }

  /** API servers end every watch after a while, and the client a quiet one; the next one begins with the route as it is. */
  async #follow(): Promise<void> {
    this.#abort = await this.#watch.watch(
      this.#path,
      // As the API server remembers it: with etcd before 3.5 it waits in vain for a version of all kinds that this one has not.
      { fieldSelector: `metadata.name=${this.#model}`, resourceVersion: "0" },
      (phase, object: unknown) => {
        if (phase === "ERROR") this.#error = object;
        else this.#take(object);
      },
      (error) => {
        if (this.#isClosed) return;
        if (isFailure(error)) this.#error = error;
        else this.#follow().catch((failure: unknown) => (this.#error = failure));
      },
    );
  }

  #take(object: unknown): void {
    const at = performance.timeOrigin + performance.now();
    const { metadata, spec, status } = Route.parse(object);
    const { generation } = metadata;
    let state = this.states.at(-1);
    if (state?.generation !== generation) {
      state = { generation, weights: this.#weights(spec.rules), writtenAt: at };
      this.states.push(state);
    }
    const conditions = (status?.parents ?? []).flatMap((parent) => parent.conditions);
    const isAccepted = conditions.some(
      ({ type, status: is, observedGeneration }) =>
        type === "Accepted" && is === "True" && observedGeneration === generation,
    );
    if (isAccepted) state.acceptedAt ??= at;
  }

  #weights(rules: z.infer<typeof Route>["spec"]["rules"]): Record<string, number> {
    const shared = rules.find(({ matches }) => matches.every((match) => !match.headers));
    const prefix = `${this.#model}-`;
    return Object.fromEntries(
      (shared?.backendRefs ?? []).map(({ name, weight }) => [name.replace(prefix, ""), weight]),
    );
  }
}

function isFailure(error: unknown): boolean {
  if (error === null || error === undefined) return false;
  return !(error instanceof DOMException && error.name === "TimeoutError");
}
