import type { WorkloadDeclaration } from "../../../contracts/workload.ts";
import { conditionKinds } from "./pinn/conditions.ts";
import { fieldNames } from "./problem/fields.ts";
import { forcingNames } from "./problem/forcing.ts";

const trueDiffusivity = "NaN where the readings are not of a known diffusivity";

/** The defaults of the problem are those of the benchmark IHC-1. */
export const heat = {
  name: "heat",
  description:
    "Temperature and unknown diffusivity of u_t - div(a grad u) = f on the unit square, by a physics-informed network",
  task: "regression",
  dataSet: "heat",
  memory: "768Mi",
  example: [0.5, 0.5, 0.1],
  parameters: {
    layers: {
      type: "integer",
      default: 5,
      min: 1,
      max: 12,
      description: "Hidden layers of the temperature network",
    },
    width: {
      type: "integer",
      default: 128,
      min: 4,
      max: 512,
      description: "Width of its hidden layers",
    },
    steps: {
      type: "integer",
      default: 10_000,
      min: 1,
      max: 1_000_000,
      description: "Optimiser steps",
    },
    learning_rate: {
      type: "number",
      default: 5e-3,
      min: 1e-6,
      max: 1,
      description:
        "Learning rate after the first 2 % of the steps, in which it grows; then it falls to 1e-5 along a cosine",
    },
    batch: {
      type: "integer",
      default: 256,
      min: 4,
      max: 65_536,
      description:
        "Collocation points a step; a quarter as many readings, boundary points and initial points each",
    },
    threads: {
      type: "integer",
      default: 1,
      min: 1,
      max: 64,
      description:
        "Threads that share every minibatch, on as many cores; batch and a quarter of it must divide by their number",
    },
    conditions: {
      type: "choice",
      default: "hard",
      choices: conditionKinds,
      description:
        "Boundary and initial conditions by construction of the temperature (hard), or as parts of the loss (soft)",
    },
    weight_pde: weight(1, "residual of the equation"),
    weight_bc: weight(30, "boundary values (soft conditions only)"),
    weight_ic: weight(30, "initial values (soft conditions only)"),
    weight_data: weight(30, "misfits to the readings"),
    weight_smoothness: weight(0, "gradient of log a"),
    field: {
      type: "choice",
      default: "bump",
      choices: fieldNames,
      description: "True diffusivity that the generated readings come from",
    },
    forcing: {
      type: "choice",
      default: "rotating",
      choices: forcingNames,
      description: "Heat source f(x, y, t), known to the training",
    },
    sensors: {
      type: "integer",
      default: 64,
      min: 4,
      max: 1024,
      description: "Sensors of the generated readings, each read at 20 times; 36 more are held out",
    },
    noise: {
      type: "number",
      default: 0.01,
      min: 0,
      max: 1,
      description:
        "Standard deviation of the readings' noise, as a share of the temperature's own; with real sensors what is known of it",
    },
    noise_seed: {
      type: "integer",
      default: 12345,
      min: 0,
      max: 2 ** 31 - 1,
      description: "Start of the generated noise",
    },
    seed: {
      type: "integer",
      default: 1,
      min: 0,
      max: 2 ** 31 - 1,
      description: "Start of the random weights and of the minibatches",
    },
  },
  metrics: {
    pde_loss: {
      direction: "minimize",
      description:
        "Mean squared residual of the equation on 16 x 16 x 16 points that training never sees",
    },
    val_residual: {
      direction: "minimize",
      description:
        "Root mean square misfit to held-out sensors, clean where known, per the temperature's standard deviation",
    },
    bc_loss: {
      direction: "minimize",
      description: "Mean of u^2 over the boundary pool; 0 with hard conditions",
      // What may be missed at the boundary depends on what the model is for (G-02).
      gateRequired: true,
    },
    ic_loss: {
      direction: "minimize",
      description: "Mean of (u - u0)^2 over the initial pool; rounding only with hard conditions",
    },
    data_rms: {
      direction: "minimize",
      description:
        "Root mean square misfit to the training readings per the standard deviation; under the noise it is overfitted",
    },
    a_error: {
      direction: "minimize",
      description: `Relative L2 error of the diffusivity; ${trueDiffusivity}`,
    },
    a_error_inner: {
      direction: "minimize",
      description: `The same where 0.1 <= x, y <= 0.9; ${trueDiffusivity}`,
    },
    u_error: {
      direction: "minimize",
      description: `Relative L2 error of the temperature; ${trueDiffusivity}`,
    },
    a_error_classical: {
      direction: "minimize",
      description: `Relative L2 error of the diffusivity by finite differences and Gauss-Newton; ${trueDiffusivity}`,
    },
    u_error_classical: {
      direction: "minimize",
      description: `Relative L2 error of the temperature by the same; ${trueDiffusivity}`,
    },
    val_residual_classical: {
      direction: "minimize",
      description: "val_residual of the same classical method",
    },
  },
} as const satisfies WorkloadDeclaration;

function weight(value: number, of: string) {
  return {
    type: "number",
    default: value,
    min: 0,
    max: 1e6,
    description: `Factor of the mean squared ${of} in the loss`,
  } as const;
}
