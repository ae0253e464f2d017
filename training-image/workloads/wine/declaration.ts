import type { WorkloadDeclaration } from "../../../contracts/workload.ts";

export const wine = {
  name: "wine",
  description: "Which of three cultivars a wine comes from, by 13 chemical measurements",
  task: "classification",
  dataSet: "wine",
  example: [13.2, 1.78, 2.14, 11.2, 100, 2.65, 2.76, 0.26, 1.28, 4.38, 1.05, 3.4, 1050],
  parameters: {
    hidden: {
      type: "integer",
      default: 32,
      min: 1,
      max: 1024,
      description: "Width of the hidden layer",
    },
    steps: {
      type: "integer",
      default: 200,
      min: 1,
      max: 100_000,
      description: "Optimiser steps, each on all training rows",
    },
    learning_rate: {
      type: "number",
      default: 0.02,
      min: 1e-6,
      max: 1,
      description: "Learning rate at the first step; it falls to 0 along a cosine",
    },
    weight_penalty: {
      type: "number",
      default: 0.01,
      min: 0,
      max: 10,
      description: "Factor of the sum of squared weights in the loss",
    },
    seed: {
      type: "integer",
      default: 42,
      min: 0,
      max: 2 ** 31 - 1,
      description: "Start of the random weights; the split and the folds stay the same",
    },
  },
  metrics: {
    accuracy: { direction: "maximize", description: "Share of held-out rows that are right" },
    f1_macro: { direction: "maximize", description: "Mean of the classes' F1 on held-out rows" },
    log_loss: {
      direction: "minimize",
      description: "Mean negative log-likelihood of the true class on held-out rows, in nats",
    },
    cv_accuracy_mean: { direction: "maximize", description: "Mean accuracy over 5 folds" },
    cv_accuracy_std: {
      direction: "minimize",
      description: "Standard deviation of the accuracy over 5 folds",
    },
  },
} as const satisfies WorkloadDeclaration;
