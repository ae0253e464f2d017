import type { WorkloadDeclaration } from "../../../contracts/workload.ts";

export const churn = {
  name: "churn",
  description: "Whether a customer leaves, by a network on a table of numbers and words",
  task: "classification",
  dataSet: "churn",
  example: [25, "month-to-month", "fiber", 97.06, 2458.89, "yes", "bank-transfer", 0, 3],
  parameters: {
    columns: {
      type: "text",
      default: "",
      description:
        "What the columns are, as `name:kind, ...` with the kinds number, category, identifier and target; empty for the bundled table and the public Telco layout",
    },
    hidden: {
      type: "integer",
      default: 32,
      min: 1,
      max: 1024,
      description: "Width of the hidden layers",
    },
    layers: { type: "integer", default: 2, min: 1, max: 8, description: "Hidden layers" },
    steps: {
      type: "integer",
      default: 600,
      min: 1,
      max: 1_000_000,
      description: "Optimiser steps, each on one minibatch",
    },
    batch: {
      type: "integer",
      default: 256,
      min: 1,
      max: 65_536,
      description: "Rows in a minibatch",
    },
    learning_rate: {
      type: "number",
      default: 0.005,
      min: 1e-6,
      max: 1,
      description: "Learning rate at the first step; it falls to 0 along a cosine",
    },
    weight_decay: {
      type: "number",
      default: 1,
      min: 0,
      max: 100,
      description: "Share of the weights, times the learning rate, that a step takes away",
    },
    folds: {
      type: "integer",
      default: 5,
      min: 0,
      max: 20,
      description:
        "Folds of the cross-validation; 0 leaves it out, and its metrics are NaN, which fails a gate",
    },
    seed: {
      type: "integer",
      default: 42,
      min: 0,
      max: 2 ** 31 - 1,
      description:
        "Start of the random weights and minibatches; the split and the folds stay the same",
    },
  },
  metrics: {
    auc_roc: { direction: "maximize", description: "Area under the ROC curve on held-out rows" },
    accuracy: { direction: "maximize", description: "Share of held-out rows that are right" },
    f1: { direction: "maximize", description: "F1 of those who leave, on held-out rows" },
    log_loss: {
      direction: "minimize",
      description: "Mean negative log-likelihood of the true class on held-out rows, in nats",
    },
    cv_auc_mean: {
      direction: "maximize",
      description: "Mean area under the ROC curve over the folds",
    },
    cv_auc_std: {
      direction: "minimize",
      description: "Standard deviation of the area under the ROC curve over the folds",
    },
  },
} as const satisfies WorkloadDeclaration;
