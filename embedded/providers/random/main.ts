import { serve } from "../shared/server.ts";
import { RandomProvider } from "./provider.ts";

const version = process.env.PLUGIN_VERSION ?? "0.0.0";

serve(version, () => new RandomProvider()).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
