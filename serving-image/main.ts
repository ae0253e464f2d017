// From 1.29 on, onnxruntime's Linux builds send facts about models and sessions to their maker, unless this is set
// before the first session is made.
process.env["ORT_DISABLE_TELEMETRY"] ??= "1";

import { pino } from "pino";
import { ConfigError } from "./src/config/errors.ts";
import { readSettings } from "./src/config/settings.ts";
import { ModelServer } from "./src/server.ts";

try {
  const settings = readSettings(process.env);
  const log = pino({ level: settings.logLevel, base: undefined });
  const server = new ModelServer(settings, log);
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => void server.drain().then(() => process.exit(0)));
  }
  await server.start();
} catch (error) {
  const problems = error instanceof ConfigError ? error.problems : [(error as Error).message];
  pino({ base: undefined }).fatal({ problems }, "the server does not start");
  // One of the two ports may be listening already: that must not keep a useless process alive.
  process.exit(1);
}
