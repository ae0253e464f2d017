import type { ModelContract } from "../../../contracts/model-contract.ts";
import { createRandom } from "../../engine/random.ts";
import { cosine, warmUp } from "../../engine/schedule.ts";
import { driftBaseline } from "../baseline.ts";
import { Curves } from "../curves.ts";
import { trainSteps } from "../train-steps.ts";
import { defineWorkload, type TrainingContext } from "../workload.ts";
import { heat } from "./declaration.ts";
import { evaluateHeat, type HeatTruth, scoreHeat } from "./evaluate.ts";
import { initialParameters } from "./pinn/design.ts";
import { pinnGraphs } from "./pinn/graphs.ts";
import { makePools } from "./pinn/pools.ts";
import { PinnTraining } from "./pinn/training.ts";
import { fieldPictures, type Pictures } from "./pictures.ts";
import { readObservations, writeObservations } from "./problem/csv.ts";
import { observe, type Observations } from "./problem/observations.ts";
import { collocationPool } from "./problem/points.ts";
import { heatProblem } from "./problem/problem.ts";
import { withGraphs } from "./served-model.ts";
import { heatSettings } from "./settings.ts";
import { referenceOf } from "./truth.ts";

/** Steps a run of onnxruntime. */
const interval = 50;
const lastLearningRate = 1e-5;
const warmUpShare = 0.02;

const features = ["x", "y", "t"].map((name) => ({ name, range: [0, 1] as [number, number] }));

export const heatWorkload = defineWorkload<Observations>({
  declaration: heat,
  dataSet: {
    kind: "generated",
    name: heat.dataSet,
    version: "ihc-1",
    async make(parameters) {
      const choice = heatSettings(parameters).problem;
      return writeObservations(observe(heatProblem(choice), referenceOf(choice)));
    },
  },
  optimiser: "adam",

  read(bytes) {
    const observations = readObservations(bytes);
    const { training, validation } = observations;
    return { data: observations, rows: training.u.length + validation.u.length, warnings: [] };
  },

  async train(observations, context) {
    const settings = heatSettings(context.parameters);
    const { design, steps, learningRate, seed } = settings;
    const problem = heatProblem(settings.problem);
    const pools = makePools(design.conditions, problem.source, observations.training);
    const training = await PinnTraining.open(design, pools, settings.batch);
    try {
      const random = createRandom(seed);
      const curves = new Curves({
        subtitle: "Loss, and its parts before they are weighted, on each step's minibatch",
        yLabel: "mean square",
      });
      const warmUpSteps = Math.ceil(warmUpShare * steps);
      const state = await trainSteps({
        trainer: training.trainer,
        start: training.trainer.start(initialParameters(design, random)),
        steps,
        interval,
        schedule: warmUp(
          warmUpSteps,
          cosine(learningRate, Math.max(1, steps - warmUpSteps), lastLearningRate),
        ),
        feeds: (_first, count) => training.feeds(random, count),
        random,
        context: curves.watch(context),
      });
      await keep(context, await curves.picture(context.model));
      const { model, ...graphs } = pinnGraphs(design, problem.sourceModes, state.parameters);
      return {
        model,
        graphs,
        contract: contractOf(context.model),
        baseline: driftBaseline(features, uniformRows(), context.dataSha256),
        example: { features: [[...heat.example]] },
      };
    } finally {
      await training.close();
    }
  },

  async evaluate(observations, trained, context) {
    const truth = truthOf(observations, context);
    const metrics = await evaluateHeat(trained, truth);
    const pictures = await withGraphs(trained, (model, residual) =>
      fieldPictures(model, residual, truth),
    );
    await keep(context, pictures);
    return metrics;
  },

  score: (observations, trained, context) => scoreHeat(trained, truthOf(observations, context)),
});

function truthOf(
  observations: Observations,
  { parameters }: Pick<TrainingContext, "parameters">,
): HeatTruth {
  const choice = heatSettings(parameters).problem;
  return { observations, problem: heatProblem(choice), reference: referenceOf(choice) };
}

async function keep(
  { artifact }: Pick<TrainingContext, "artifact">,
  pictures: Pictures,
): Promise<void> {
  for (const [path, png] of Object.entries(pictures)) await artifact(path, png);
}

function contractOf(model: string): ModelContract {
  return {
    schema: "isotherm.dev/model-contract/v1",
    model,
    task: "regression",
    inputs: [{ name: "features", dataType: "FP32", shape: [-1, 3] }],
    outputs: [
      { name: "u", dataType: "FP32", shape: [-1] },
      { name: "a", dataType: "FP32", shape: [-1] },
    ],
    features,
    predictions: "u",
    routes: ["predict-temperature"],
  };
}

/** What the network was trained on: points that fill space and time evenly. */
function uniformRows(): Float64Array[] {
  const points = collocationPool(4096);
  return Array.from({ length: points.length / 3 }, (_, row) => points.slice(3 * row, 3 * row + 3));
}
