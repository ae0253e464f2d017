import { KubeConfig } from "@kubernetes/client-node";
import { pino } from "pino";
import { ConfigError } from "./src/config/errors.ts";
import { RecorderProgram } from "./src/record/program.ts";
import { readRecorderSettings } from "./src/record/settings.ts";

try {
  const settings = readRecorderSettings(process.env);
  const program = new RecorderProgram(
    settings,
    pino({ level: settings.logLevel, base: undefined }),
  );
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => void program.stop().then(() => process.exit(0)));
  }
  const kubeConfig = new KubeConfig();
  // In a pod: its own account. Elsewhere: the kubeconfig of whoever tries it.
  kubeConfig.loadFromDefault();
  await program.start(kubeConfig);
} catch (error) {
  const problems = error instanceof ConfigError ? error.problems : [(error as Error).message];
  pino({ base: undefined }).fatal({ problems }, "the recorder does not start");
  process.exit(1);
}
