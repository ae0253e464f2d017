import pino from "pino";
import { readSettings } from "./settings.ts";
import { startServer } from "./start-server.ts";

const log = pino({ name: "serving", level: process.env["LOG_LEVEL"] ?? "info" });

try {
  const server = await startServer(readSettings(process.env), log);
  server.refused.catch((error: Error) => end(error));
  process.once("SIGTERM", () => {
    log.info("draining");
    server.drain().then(() => process.exit(0), end);
  });
} catch (error) {
  end(error as Error);
}

function end(error: Error): never {
  log.fatal(error.message);
  process.exit(1);
}
