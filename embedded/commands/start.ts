import { Listr, PRESET_TIMER } from "listr2";
import { home } from "../paths.ts";
import { withHomeLock } from "../home.ts";
import { recordTimings, type StageTiming } from "../timings.ts";
import { startedStacks } from "../stacks/names.ts";
import { openStack, up, type UpSummary } from "../stacks/stack.ts";
import { firstPrediction, type Prediction } from "./first-prediction.ts";
import { platformStages, type Platform } from "../platform.ts";
import type { StartResult } from "./start-result.ts";
import { startSummary } from "./summary.ts";
import type { Report } from "../report.ts";

/**
 * Brings everything up and asks for one real prediction; goes on where an interrupted start was.
 * @throws Error that names what is wrong and the way on
 */
export async function start(options: { json?: boolean }): Promise<void> {
  const result = await withHomeLock("npm start", () => runStages());
  recordTimings(result.stages);
  if (options.json === true) console.log(JSON.stringify(publicResult(result)));
  else console.log(startSummary(result));
}

async function runStages(): Promise<StartResult> {
  const stages: StageTiming[] = [];
  const stacks: Record<string, UpSummary> = {};
  let platform: Platform | undefined;
  let predictions: Prediction[] = [];

  const stage = (title: string, work: (report: Report) => Promise<string>) => ({
    title,
    task: async (_: unknown, task: { output: string; title: string }) => {
      const began = performance.now();
      const done = await work(unrepeated((message) => (task.output = message)));
      stages.push({ stage: title, seconds: (performance.now() - began) / 1_000 });
      task.title = `${title}: ${done}`;
    },
  });

  const tasks = new Listr(
    [
      ...platformStages(startedStacks, (ready) => (platform = ready)).map(({ title, work }) =>
        stage(title, work),
      ),
      ...startedStacks.map((name) =>
        stage(`Stack ${name}`, async (report) => {
          const summary = await up(await openStack(name, report), report);
          stacks[name] = summary;
          return describeChanges(summary);
        }),
      ),
      stage("Prediction", async (report) => {
        predictions = await firstPrediction(stacks["dev"]?.outputs ?? {}, report);
        return predictions.length === 0
          ? "no model is served yet"
          : `${predictions.length} answered`;
      }),
    ],
    {
      concurrent: false,
      rendererOptions: { timer: PRESET_TIMER, collapseSubtasks: false, formatOutput: "truncate" },
      fallbackRenderer: "verbose",
      fallbackRendererOptions: { timer: PRESET_TIMER },
    },
  );
  await tasks.run();
  if (platform === undefined) throw new Error(`no platform was prepared for ${home}`);
  return { platform, stacks, predictions, stages };
}

/** Who waits says so again and again; once is enough for people. */
function unrepeated(report: Report): Report {
  let last = "";
  return (message) => {
    if (message !== last) report(message);
    last = message;
  };
}

function describeChanges(summary: UpSummary): string {
  const changes = Object.entries(summary.changes).filter(
    ([kind, count]) => kind !== "same" && count > 0,
  );
  if (changes.length === 0) return "no changes";
  return changes.map(([kind, count]) => `${count} ${kind}`).join(", ");
}

/** For programs: no secret is in it. */
function publicResult(result: StartResult): unknown {
  return {
    stages: result.stages,
    changes: Object.fromEntries(
      Object.entries(result.stacks).map(([name, { changes }]) => [name, changes]),
    ),
    predictions: result.predictions,
    plugins: result.platform.plugins,
  };
}
