import { createServer } from "node:net";
import { join } from "node:path";
import { execa } from "execa";
import pRetry from "p-retry";

export interface TrackingServer {
  url: string;
  stop(): Promise<void>;
}

/** MLflow's own server with its state in a folder. @throws Error where it does not answer within two minutes */
export async function startTrackingServer(python: string, folder: string): Promise<TrackingServer> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const place = ["--host", "127.0.0.1", "--port", String(port), "--workers", "1"];
  const state = ["--backend-store-uri", `sqlite:///${join(folder, "mlflow.db")}`];
  const artifacts = ["--artifacts-destination", join(folder, "artifacts")];
  const server = execa(
    python,
    ["-m", "mlflow", "server", ...place, ...state, ...artifacts],
    // Its workers end with it: they are of its process group.
    { detached: true, reject: false, stdout: "ignore", stderr: "ignore" },
  );
  const stop = async () => {
    if (server.pid !== undefined) process.kill(-server.pid, "SIGTERM");
    await server;
  };
  try {
    await pRetry(
      async () => {
        const { ok, status } = await fetch(`${url}/health`);
        if (!ok) throw new Error(`MLflow's server answers ${status}`);
      },
      { retries: 120, minTimeout: 1000, maxTimeout: 1000 },
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop };
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port is free");
  return address.port;
}
