import type { ServedModel, Tensors } from "./model/model.ts";
import type { Question } from "./protocols/protocol.ts";

/** One answered question, as observers see it: audit, events, physics, counters. */
export interface Inference {
  requestId: string;
  /** When the request came. */
  time: Date;
  /** Template of the route that asked, such as `/v2/models/{model}/infer`. */
  route: string;
  model: ServedModel;
  question: Question;
  /** The output tensors that the question named. */
  outputs: Tensors;
  /** Of the run alone, in seconds. */
  durationSeconds: number;
  /** Whose key asked; undefined where keys have no team, or none is asked for. */
  team: string | undefined;
  /** The caller's W3C trace context, where it sent one. */
  traceparent: string | undefined;
  /** Whether the answer is for comparison only: a copy of traffic that another release answers. */
  isShadow: boolean;
}

/** Takes note of an answer. Never throws into, waits for or slows it: it is called once the answer is on its way. */
export type Observe = (inference: Inference) => void;

/** What turned out to be true about an earlier answer (SPEC S-03). */
export interface Feedback {
  /** Id of the request that was answered. */
  requestId: string;
  /** True labels by row: names of classes, or numbers. */
  labels: readonly (string | number)[];
  /** Name of the model, where the caller gave one. */
  model: string | undefined;
  time: Date;
  team: string | undefined;
}

/** Takes a label in. It may be compared with its answer at any time later, or never. */
export type TakeFeedback = (feedback: Feedback) => void;

/** What the protocols tell about the traffic. */
export interface Observers {
  observe: Observe;
  feedback: TakeFeedback;
}

/** Several observers as one, each shielded from the others' failures. */
export function observeAll(
  observers: readonly Observe[],
  onFailure: (error: unknown) => void,
): Observe {
  return (inference) => {
    for (const observer of observers) {
      try {
        observer(inference);
      } catch (error) {
        onFailure(error);
      }
    }
  };
}
