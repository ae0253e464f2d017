import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { shell } from "./platform.ts";

/** What befalls the servers of a slot. Each waits until the slot is whole again. */
export class Slot {
  readonly #namespace: string;
  readonly #name: string;
  readonly #selector: string;

  constructor(namespace: string, model: string, slot: string) {
    this.#namespace = namespace;
    this.#name = `${model}-${slot}`;
    this.#selector = `isotherm.dev/model=${model},isotherm.dev/slot=${slot}`;
  }

  /** Deletes its pods, one after the other, as people and node upgrades do. */
  async deletePods(): Promise<void> {
    for (const { name } of await this.pods()) {
      await this.#kubectl(`delete pod ${name} --wait=false`);
      await this.whole();
    }
  }

  /**
   * Evicts its pods, by a drain of the node they are on. That is the only one, so it takes pods again at once, as the
   * other nodes of a cluster would.
   */
  async drain(): Promise<void> {
    const node = (await shell("kubectl get nodes -o name")).trim().replace("node/", "");
    const drain = `kubectl drain ${node} --pod-selector '${this.#selector}' --delete-emptydir-data --timeout 120s`;
    await Promise.all([shell(drain), sleep(1_500).then(() => shell(`kubectl uncordon ${node}`))]);
    await this.whole();
  }

  /** Kills the process of one of its servers. */
  async killOne(): Promise<void> {
    const [pod] = await this.pods();
    process.kill(serverOf(pod?.uid ?? ""), "SIGKILL");
    // Until the kubelet has seen it, the Deployment believes to be whole.
    await this.#until(async () => (await this.pods()).some(({ restarts }) => restarts > 0));
    await this.whole();
  }

  /** Stops its servers where they are while something is done: they take connections and requests, and answer none. */
  async whileStopped<T>(work: () => Promise<T>): Promise<T> {
    const pids = (await this.pods()).map(({ uid }) => serverOf(uid));
    for (const pid of pids) process.kill(pid, "SIGSTOP");
    try {
      return await work();
    } finally {
      for (const pid of pids) process.kill(pid, "SIGCONT");
    }
  }

  /** Sets how many servers it has, past the stack file, and waits for them to be there, or gone. */
  async scale(replicas: number): Promise<void> {
    await this.#kubectl(`scale deployment/${this.#name} --replicas=${replicas}`);
    await this.whole();
    if (replicas === 0) {
      await this.#kubectl(`wait pod -l '${this.#selector}' --for=delete --timeout=120s`);
    }
  }

  /** Until all its pods are ready. Of a pod that was just deleted, `rollout status` has not always heard. */
  async whole(): Promise<void> {
    await this.#kubectl(`rollout status deployment/${this.#name} --timeout=180s`);
    const wanted = await this.#kubectl(
      `get deployment ${this.#name} -o jsonpath='{.spec.replicas}'`,
    );
    await this.#until(async () => {
      const ready = (await this.pods()).filter(({ isReady }) => isReady);
      return ready.length === Number(wanted);
    });
  }

  /** Those that are not about to go. */
  async pods(): Promise<{ name: string; uid: string; restarts: number; isReady: boolean }[]> {
    const { items } = JSON.parse(
      await this.#kubectl(`get pods -l '${this.#selector}' -o json`),
    ) as {
      items: {
        metadata: { name: string; uid: string; deletionTimestamp?: string };
        status: {
          containerStatuses?: { restartCount: number }[];
          conditions?: { type: string; status: string }[];
        };
      }[];
    };
    return items
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .map(({ metadata: { name, uid }, status }) => ({
        name,
        uid,
        restarts: status.containerStatuses?.[0]?.restartCount ?? 0,
        isReady: (status.conditions ?? []).some(
          (one) => one.type === "Ready" && one.status === "True",
        ),
      }));
  }

  async #until(isSo: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + 60_000;
    while (!(await isSo())) {
      if (Date.now() > deadline) throw new Error(`${this.#name}: not whole after a minute`);
      await sleep(200);
    }
  }

  #kubectl(words: string): Promise<string> {
    return shell(`kubectl -n ${this.#namespace} ${words}`);
  }
}

/** The process of a pod's own container on this machine, where the embedded cluster's pods run. */
function serverOf(uid: string): number {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const found = pids.filter((pid) => {
    try {
      return (
        readFileSync(`/proc/${pid}/cgroup`, "utf8").includes(uid) &&
        readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("server.js")
      );
    } catch {
      return false;
    }
  });
  const [pid, ...others] = found.map(Number);
  if (pid === undefined || others.length > 0) {
    throw new Error(`pod ${uid} has ${found.length} servers`);
  }
  return pid;
}
