import { setTimeout as sleep } from "node:timers/promises";
import {
  CoreV1Api,
  CustomObjectsApi,
  ListWatch,
  type KubeConfig,
  type KubernetesListObject,
  type KubernetesObject,
  Watch,
} from "@kubernetes/client-node";
import type { Recorder } from "./recorder.ts";
import { SeenObject } from "./seen-object.ts";
import type { Watched } from "./watched.ts";

export interface WatcherOptions {
  kubeConfig: KubeConfig;
  namespace: string;
  watched: Watched;
  recorder: Pick<Recorder, "saw" | "sawGone" | "listed">;
  /** Told when the cluster cannot be asked; it is asked again. */
  failed: (error: Error) => void;
  /** Pause before it is asked again, in milliseconds. @default 5000 */
  retryMs?: number;
}

/** Shows the recorder every object of a sort in a namespace: all of them first, then each change. */
export class Watcher {
  readonly #options: WatcherOptions;
  readonly #informer: ListWatch<KubernetesObject>;
  #tellShown: () => void = () => undefined;
  readonly #shown = new Promise<void>((resolve) => (this.#tellShown = resolve));
  #stopped = false;

  constructor(options: WatcherOptions) {
    this.#options = options;
    const { kubeConfig, namespace, watched, recorder } = options;
    const root = watched.group === "" ? "/api/v1" : `/apis/${watched.group}/${watched.version}`;
    this.#informer = new ListWatch(
      `${root}/namespaces/${namespace}/${watched.plural}`,
      new Watch(kubeConfig),
      () => this.look(),
      false,
      watched.labelSelector,
    );
    const show = (say: (seen: SeenObject) => void) => (object: KubernetesObject) => {
      const seen = this.#read(object);
      if (seen !== undefined) say(seen);
    };
    this.#informer.on(
      "add",
      show((seen) => recorder.saw(watched, seen)),
    );
    this.#informer.on(
      "update",
      show((seen) => recorder.saw(watched, seen)),
    );
    this.#informer.on(
      "delete",
      show((seen) => recorder.sawGone(watched, seen)),
    );
    this.#informer.on("error", (error: unknown) => {
      options.failed(error instanceof Error ? error : new Error(String(error)));
      void this.#again();
    });
  }

  /** Starts, and ends when the first list of all objects was shown. */
  async start(): Promise<void> {
    await this.#informer.start();
    await this.#shown;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#tellShown();
    await this.#informer.stop();
  }

  /** Asks for all objects, and shows them. */
  async look(): Promise<KubernetesListObject<KubernetesObject>> {
    const { watched, recorder } = this.#options;
    const listedAt = new Date();
    const list = await this.#list();
    const objects = list.items.map((item) => this.#read(item));
    recorder.listed(
      watched,
      objects.filter((object) => object !== undefined),
      listedAt,
    );
    this.#tellShown();
    return list;
  }

  async #list(): Promise<KubernetesListObject<KubernetesObject>> {
    const { kubeConfig, namespace, watched } = this.#options;
    const { group, version, plural, labelSelector } = watched;
    const asked = { namespace, ...(labelSelector === undefined ? {} : { labelSelector }) };
    if (group === "") return kubeConfig.makeApiClient(CoreV1Api).listNamespacedConfigMap(asked);
    return (await kubeConfig.makeApiClient(CustomObjectsApi).listNamespacedCustomObject({
      ...asked,
      group,
      version,
      plural,
    })) as KubernetesListObject<KubernetesObject>;
  }

  async #again(): Promise<void> {
    await sleep(this.#options.retryMs ?? 5_000, undefined, { ref: false });
    if (!this.#stopped) await this.#informer.start();
  }

  #read(object: KubernetesObject): SeenObject | undefined {
    const result = SeenObject.safeParse(object);
    if (result.success) return result.data;
    const { plural } = this.#options.watched;
    this.#options.failed(
      new Error(`${plural}: an object that cannot be read: ${result.error.message}`),
    );
    return undefined;
  }
}
