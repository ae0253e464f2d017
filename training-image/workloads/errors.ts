/** What was asked for cannot work, however often it is tried: wrong parameters, unusable data, a diverging loss. */
export class BadInputError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "BadInputError";
  }
}

/** The loss became NaN or infinite. The same parameters and data would end the same way again. */
export class DivergedError extends BadInputError {
  /** Step at which it was seen, counted from 1. */
  readonly step: number;
  constructor(step: number, loss: number) {
    super(
      `the loss is ${loss} at step ${step}: lower learning_rate, or look for outliers in the data`,
    );
    this.name = "DivergedError";
    this.step = step;
  }
}

/** A training that was given up for a reason and not by a fault; what catches it knows what to make of it. */
export class GivenUpError extends Error {}
