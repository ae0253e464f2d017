import pc from "picocolors";
import { headers } from "../../contracts/names.ts";
import type { StartResult } from "./start-result.ts";

/** What a person wants to read after `npm start`: the answer, where to go next, how to stop. */
export function startSummary(result: StartResult): string {
  const lines: string[] = [""];
  for (const { model, request, answer } of result.predictions) {
    lines.push(pc.bold(`A prediction of ${model}, through the gateway`));
    lines.push(`  asked    ${JSON.stringify(request)}`);
    lines.push(`  answered ${JSON.stringify(answer)}`, "");
  }
  const first = result.predictions[0];
  lines.push(pc.bold("Next"));
  lines.push(
    `  shell        eval "$(npm run -s env)"      pulumi, kubectl and this platform's state`,
  );
  if (first !== undefined) {
    lines.push(
      `  predict      curl -s ${first.url}/predict -H 'content-type: application/json' \\`,
    );
    lines.push(
      `                 -H "${headers.apiKey}: $(pulumi stack output apiKey --stack dev --show-secrets)" \\`,
    );
    lines.push(`                 -d '${JSON.stringify(first.request)}'`);
  }
  const namespace = String(result.stacks["dev"]?.outputs["namespace"]?.value ?? "isotherm-dev");
  lines.push(
    `  MLflow       kubectl -n ${namespace} port-forward svc/mlflow 5000    then http://localhost:5000`,
  );
  lines.push(`  what is up   npm run status`);
  lines.push(`  stop         npm run down          (-- --keep-data keeps the registry)`, "");
  for (const [name, origin] of Object.entries(result.platform.plugins)) {
    lines.push(pc.dim(`provider plugin ${name}: ${origin}`));
  }
  return lines.join("\n");
}
