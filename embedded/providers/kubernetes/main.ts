import { serve } from "../shared/server.ts";
import { KubernetesProvider } from "./provider.ts";

const version = process.env.PLUGIN_VERSION ?? "0.0.0";

serve(version, (log) => new KubernetesProvider(log)).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
