import { createServer, type AddressInfo, type Socket } from "node:net";
import { CoreV1Api, PortForward, type KubeConfig } from "@kubernetes/client-node";
import type { Tunnel } from "./target.ts";

/**
 * Opens a local port that leads to a port of the first ready pod with these labels, through the API server.
 * @throws Error where no such pod is ready
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
  const pods = await kubeConfig
    .makeApiClient(CoreV1Api)
    .listNamespacedPod({ namespace, labelSelector: selector });
  const pod = pods.items.find((candidate) =>
    candidate.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True"),
  )?.metadata?.name;
  if (pod === undefined)
    throw new Error(`no pod with ${selector} is ready in namespace ${namespace}`);

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
