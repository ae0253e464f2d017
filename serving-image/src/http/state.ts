import type { Response } from "express";
import type { ServedModel } from "../model/model.ts";

/** What is known about a request while it is answered. */
export interface RequestState {
  requestId: string;
  /** Template of the route, never the path itself: a label's values must stay few. */
  route: string;
  model?: ServedModel;
}

export function stateOf(response: Response): RequestState {
  return response.locals as RequestState;
}
