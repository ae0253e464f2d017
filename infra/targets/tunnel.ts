import { setTimeout as sleep } from "node:timers/promises";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { CoreV1Api, PortForward, type KubeConfig, type V1Pod } from "@kubernetes/client-node";
import type { Tunnel } from "./target.ts";

/**
 * Opens a local port that leads to a port of the first ready pod with these labels, through the API server.
 * @throws Error where there is no such pod, or none gets ready within two minutes
 */
export async function openTunnel(
  kubeConfig: KubeConfig,
  namespace: string,
  labels: Readonly<Record<string, string>>,
  port: number,
): Promise<Tunnel> {
  const selector = Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
  const pod = await readyPod(kubeConfig.makeApiClient(CoreV1Api), namespace, selector);

  const forward = new PortForward(kubeConfig);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    forward
      .portForward(namespace, pod, [port], socket, null, socket)
      .then((connection) => {
        const webSocket = typeof connection === "function" ? connection() : connection;
        socket.on("close", () => webSocket?.terminate());
      })
      .catch((error: unknown) => socket.destroy(error instanceof Error ? error : undefined));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  // The program must end even where an answer is never read to its end.
  server.unref();
  const { port: local } = server.address() as AddressInfo;
  const close = () => {
    server.close();
    // A client's kept-alive connection would hold the program open for seconds.
    for (const socket of sockets) socket.destroy();
  };
  return { url: `http://127.0.0.1:${local}`, close };
}

/** A cluster that was just started again brings its pods up by itself: worth waiting for. */
const patienceMs = 120_000;

async function readyPod(core: CoreV1Api, namespace: string, selector: string): Promise<string> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const pods = await core.listNamespacedPod({ namespace, labelSelector: selector });
    const name = pods.items.find(isReady)?.metadata?.name;
    if (name !== undefined) return name;
    if (pods.items.length === 0 || Date.now() > deadline) {
      throw new Error(`no pod with ${selector} is ready in namespace ${namespace}`);
    }
    await sleep(1_000);
  }
}

function isReady(pod: V1Pod): boolean {
  const conditions = pod.status?.conditions ?? [];
  return conditions.some(({ type, status }) => type === "Ready" && status === "True");
}
