import { driftBaseline, predictionBaseline } from "../baseline.ts";
import { classify, classifierContract } from "../classifier.ts";
import { withCurves } from "../curves.ts";
import { accuracy, f1Macro, logLoss } from "../scores.ts";
import { crossValidate, holdOut, pick } from "../validation.ts";
import { defineWorkload, type TrainedModel, type TrainingContext } from "../workload.ts";
import { parseDigits } from "./data.ts";
import { digits } from "./declaration.ts";
import { DigitsFit } from "./fit.ts";
import { checkImages, type LabelledImages, pixelsOf } from "./images.ts";

const inputName = "pixels";

const labels = { subtitle: "Cross entropy of each step's minibatch", yLabel: "nats" };

export const digitsWorkload = defineWorkload<LabelledImages>({
  declaration: digits,
  dataSet: {
    kind: "bundled",
    name: digits.dataSet,
    version: "uci-80-test",
    sha256: "09f66e6debdee2cd2b5ae59e0d6abbb73fc2b0e0185d2e1957e9ebb51e23aa22",
    file: new URL("./data/digits.csv.gz", import.meta.url),
  },
  optimiser: "adam",

  read(bytes) {
    const images = parseDigits(bytes);
    checkImages(images);
    return { data: images, rows: images.labels.length, warnings: [] };
  },

  async train(images, context) {
    const { train } = holdOut(images.labels);
    const features = featuresOf(images);
    const rows = train.map((row) => pixelsOf(images, row));
    const fit = await open(images, context);
    try {
      const model = await withCurves(context, labels, (watched) => fit.on(train, watched));
      return {
        model,
        contract: classifierContract(context.model, features, images.classes, inputName),
        baseline: {
          ...driftBaseline(features, rows, context.dataSha256),
          prediction: predictionBaseline(images.classes, await classify(model, rows, inputName)),
        },
        example: { [inputName]: [[...(rows[0] as Float64Array)]] },
      };
    } finally {
      await fit.close();
    }
  },

  async evaluate(images, trained, context) {
    const { mean, deviation } = await crossValidated(images, context);
    return {
      ...(await scoresOf(images, trained)),
      cv_accuracy_mean: mean,
      cv_accuracy_std: deviation,
    };
  },

  score: scoresOf,
});

async function scoresOf(images: LabelledImages, { model }: TrainedModel) {
  const { test } = holdOut(images.labels);
  const labels = pick(images.labels, test);
  const probabilities = await answers(model, images, test);
  return {
    accuracy: accuracy(labels, probabilities),
    f1_macro: f1Macro(labels, probabilities, images.classes.length),
    log_loss: logLoss(labels, probabilities),
  };
}

async function crossValidated(images: LabelledImages, { parameters, signal }: TrainingContext) {
  const fit = await open(images, { parameters });
  try {
    const folds = Number(parameters["folds"]);
    return await crossValidate(images.labels, folds, async ({ train, test }) => {
      const model = await fit.on(train, { signal });
      return accuracy(pick(images.labels, test), await answers(model, images, test));
    });
  } finally {
    await fit.close();
  }
}

function open(
  images: LabelledImages,
  { parameters }: Pick<TrainingContext, "parameters">,
): Promise<DigitsFit> {
  return DigitsFit.open(images, {
    channels: Number(parameters["channels"]),
    hidden: Number(parameters["hidden"]),
    steps: Number(parameters["steps"]),
    batch: Number(parameters["batch"]),
    learningRate: Number(parameters["learning_rate"]),
    weightDecay: Number(parameters["weight_decay"]),
    shift: Number(parameters["shift"]),
    seed: Number(parameters["seed"]),
  });
}

function answers(model: Uint8Array, images: LabelledImages, rows: readonly number[]) {
  return classify(
    model,
    rows.map((row) => pixelsOf(images, row)),
    inputName,
  );
}

/** A feature a pixel, named by its row and column from the top left. */
function featuresOf({ height, width, white }: LabelledImages) {
  return Array.from({ length: height * width }, (_, index) => ({
    name: `pixel_${Math.floor(index / width)}_${index % width}`,
    range: [0, white] as [number, number],
  }));
}
