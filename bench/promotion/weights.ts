import { setTimeout as sleep } from "node:timers/promises";
import { headers } from "../../contracts/names.ts";
import { shortDigest } from "../../contracts/release.ts";
import { median } from "../../embedded/measure/median.ts";
import { homePaths } from "../../embedded/paths.ts";
import { findContext } from "../../infra/targets/kube-context.ts";
import { readTrained, register } from "../../test/e2e/crafted.ts";
import { Load } from "../../test/e2e/load/load.ts";
import { RouteLog, type RouteState } from "../../test/e2e/load/route-log.ts";
import { failed, withoutWeight } from "../../test/e2e/load/verdict.ts";
import { wineRow } from "../../test/e2e/platform.ts";
import { report } from "../report.ts";
import type { BenchEnvironment } from "./environment.ts";
import { type Bench, gates } from "./options.ts";

/** One edit of the weights, and when it was live. Times are milliseconds of the machine's clock. */
interface Edit {
  beganAt: number;
  endedAt: number;
  to: "blue" | "green";
}

/** How long an edit of the weights takes to be live, and what fails of the requests meanwhile. */
export async function benchWeights(
  environment: BenchEnvironment,
  { release, rate, requests }: Bench,
): Promise<void> {
  const other = await environment.withPlace(async (place) => {
    const trained = await readTrained(place, release);
    const change = (evidence: object) => ({ ...evidence, trainedAt: new Date().toISOString() });
    return (await register(place, trained, "wine", change)).digest;
  });
  const path = ["isotherm:models", "wine"];
  environment.edit((config) =>
    config.setIn(path, {
      blue: { release: shortDigest(release), weight: 100 },
      // It was scored beside nothing: nobody trained it.
      green: { release: shortDigest(other), weight: 0, compare: "off" },
      gates,
      resources: { cpu: "20m" },
    }),
  );
  await environment.up();
  const { models, namespace, apiKey } = await environment.outputs();
  const { kubeConfig } = findContext("isotherm", [homePaths.kubeconfig]);
  const route = await RouteLog.open(kubeConfig, namespace, "wine");
  const load = new Load({
    url: `${models?.["wine"]?.url}/predict`,
    headers: { "content-type": "application/json", [headers.apiKey]: apiKey },
    body: JSON.stringify({ instances: [wineRow] }),
    rate,
  });

  const edits: Edit[] = [];
  while (load.answers.length < requests) {
    await sleep(2_000);
    const to = edits.length % 2 === 0 ? "green" : "blue";
    environment.edit((config) => {
      for (const slot of ["blue", "green"]) {
        config.setIn([...path, slot, "weight"], slot === to ? 100 : 0);
      }
    });
    const beganAt = performance.timeOrigin + performance.now();
    await environment.up();
    edits.push({ beganAt, endedAt: performance.timeOrigin + performance.now(), to });
  }
  const answers = await load.stop();
  const states = route.close();
  const lives = edits.map((edit) => {
    const { writtenAt } = stateOf(states, edit);
    const first = answers
      .filter(({ slot, sentAt }) => slot === edit.to && sentAt > edit.beganAt)
      .reduce((least, { endedAt }) => Math.min(least, endedAt), Infinity);
    const old = answers
      .filter(({ slot, sentAt }) => slot !== edit.to && sentAt > writtenAt && sentAt < edit.endedAt)
      .reduce((most, { sentAt }) => Math.max(most, sentAt - writtenAt), 0);
    return { seconds: (first - edit.beganAt) / 1_000, propagation: first - writtenAt, old };
  });
  const row = (what: string, values: readonly number[], digits: number, bar: string) => [
    what,
    median(values).toFixed(digits),
    Math.max(...values).toFixed(digits),
    bar,
  ];
  const bad = failed(answers).length;
  const strays = withoutWeight(answers, states).length;
  await report({
    heading: "Promotion: an edit of the weights",
    text:
      `${edits.length} edits of the weights from one slot to the other by \`pulumi up --skip-preview\`, while ${rate} ` +
      `requests a second come through the gateway: of ${answers.length} requests ${bad} failed (bar: 0 of 100,000), and ` +
      `${strays} were answered by a slot without weight later than a second after the route had accepted the change. ` +
      "A write counts from when the API server told of it. By `npm run bench:promotion -- weights`.",
    columns: ["what", "median", "most", "bar"],
    rows: [
      row(
        "from `pulumi up` to the first answer of the new weight, s",
        lives.map(({ seconds }) => seconds),
        1,
        "10",
      ),
      row(
        "of which from the route's write to that answer, ms",
        lives.map(({ propagation }) => propagation),
        0,
        "100",
      ),
      row(
        "from the route's write to the last request for the old one, ms",
        lives.map(({ old }) => old),
        0,
        "",
      ),
    ],
  });
}

/** The writing of the route that an edit came to. */
function stateOf(states: readonly RouteState[], { beganAt, to }: Edit): RouteState {
  const state = states.find(({ writtenAt, weights }) => writtenAt > beganAt && weights[to] === 100);
  if (state === undefined) throw new Error(`no writing of the route gives ${to} all requests`);
  return state;
}
