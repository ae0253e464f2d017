import type { WorkloadDeclaration } from "../../../contracts/workload.ts";

export const digits = {
  name: "digits",
  description: "Which digit an image shows, by a small convolutional network",
  task: "classification",
  dataSet: "digits",
  // A handwritten 0.
  example: [
    [0, 0, 5, 13, 9, 1, 0, 0],
    [0, 0, 13, 15, 10, 15, 5, 0],
    [0, 3, 15, 2, 0, 11, 8, 0],
    [0, 4, 12, 0, 0, 8, 8, 0],
    [0, 5, 8, 0, 0, 9, 8, 0],
    [0, 4, 11, 0, 1, 12, 7, 0],
    [0, 2, 14, 5, 10, 12, 0, 0],
    [0, 0, 6, 13, 10, 0, 0, 0],
  ].flat(),
  parameters: {
    channels: {
      type: "integer",
      default: 16,
      min: 1,
      max: 256,
      description: "Channels of the first convolution; the second has twice as many",
    },
    hidden: {
      type: "integer",
      default: 64,
      min: 1,
      max: 4096,
      description: "Width of the hidden layer",
    },
    steps: {
      type: "integer",
      default: 660,
      min: 1,
      max: 1_000_000,
      description: "Optimiser steps, each on one minibatch",
    },
    batch: {
      type: "integer",
      default: 64,
      min: 1,
      max: 4096,
      description: "Images in a minibatch",
    },
    learning_rate: {
      type: "number",
      default: 0.003,
      min: 1e-6,
      max: 1,
      description: "Learning rate at the first step; it falls to 0 along a cosine",
    },
    weight_decay: {
      type: "number",
      default: 0.01,
      min: 0,
      max: 10,
      description: "Share of the weights, times the learning rate, that a step takes away",
    },
    shift: {
      type: "number",
      default: 0.25,
      min: 0,
      max: 1,
      description:
        "How likely an image is moved by a pixel, up or down, and left or right, when it is trained on",
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
    accuracy: { direction: "maximize", description: "Share of held-out images that are right" },
    f1_macro: { direction: "maximize", description: "Mean of the classes' F1 on held-out images" },
    log_loss: {
      direction: "minimize",
      description: "Mean negative log-likelihood of the true class on held-out images, in nats",
    },
    cv_accuracy_mean: { direction: "maximize", description: "Mean accuracy over the folds" },
    cv_accuracy_std: {
      direction: "minimize",
      description: "Standard deviation of the accuracy over the folds",
    },
  },
} as const satisfies WorkloadDeclaration;
