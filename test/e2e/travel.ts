import { shell } from "./platform.ts";
import { setIn } from "./stack-files.ts";

const gates = [{ metric: "accuracy", atLeast: 0.85 }];
const resources = { cpu: "20m" };

/** @returns what Pulumi said. @throws Error where the update fails */
export function up(stack: string): Promise<string> {
  return shell(`pulumi up --stack ${stack} --yes --skip-preview --non-interactive`);
}

/** Makes staging and prod beside dev: wine has gates there, and no slot yet. */
export async function makeStagingAndProd(): Promise<void> {
  setIn("staging", ["isotherm:models", "wine"], { gates, resources });
  // Two servers, so that one of them can go.
  setIn("prod", ["isotherm:models", "wine"], { gates, resources, scale: { replicas: 2 } });
  await shell("pulumi stack init staging && pulumi stack init prod");
  await Promise.all([up("staging"), up("prod")]);
}

/** Promotes wine, and leaves the update to others. @returns what the command said */
export function promote(stack: string): Promise<string> {
  return shell(`npm run -s promote -- wine --to ${stack}`);
}
