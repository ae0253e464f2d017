import { HttpError } from "./errors.ts";
import { invocationsProtocol } from "../protocols/invocations.ts";
import { inferProtocol } from "../protocols/open-inference/infer.ts";
import { predictProtocol, v1Protocol } from "../protocols/predict.ts";
import type { Protocol } from "../protocols/protocol.ts";

/** Templates of the routes that ask a model, and their protocols. All of them are POST. */
export const inferenceRoutes = {
  "/v2/models/{model}/infer": inferProtocol,
  "/v2/models/{model}/versions/{version}/infer": inferProtocol,
  "/v1/models/{model}:predict": v1Protocol,
  "/predict": predictProtocol,
  "/invocations": invocationsProtocol,
} as const satisfies Record<string, Protocol>;

export type InferenceRoute = keyof typeof inferenceRoutes;

/** A path that asks a model; names are as they stand in it. */
export interface InferencePath {
  route: InferenceRoute;
  model?: string | undefined;
  version?: string | undefined;
  query: string;
}

const v2Pattern = /^\/v2\/models\/([^/]+)(?:\/versions\/([^/]+))?\/infer\/?$/;
const v1Pattern = /^\/v1\/models\/([^/]+):predict\/?$/;

/** Whether a URL asks a model; undefined where it does not. */
export function inferencePath(url: string): InferencePath | undefined {
  const mark = url.indexOf("?");
  const path = mark < 0 ? url : url.slice(0, mark);
  const query = mark < 0 ? "" : url.slice(mark + 1);
  const v2 = v2Pattern.exec(path);
  if (v2 !== null) {
    const [, model, version] = v2;
    const route =
      version === undefined
        ? "/v2/models/{model}/infer"
        : "/v2/models/{model}/versions/{version}/infer";
    return { route, model, version, query };
  }
  const v1 = v1Pattern.exec(path);
  if (v1 !== null) return { route: "/v1/models/{model}:predict", model: v1[1], query };
  if (path === "/predict" || path === "/predict/") return { route: "/predict", query };
  if (path === "/invocations" || path === "/invocations/") return { route: "/invocations", query };
  return undefined;
}

/** A name from a path. @throws HttpError 400 where it does not decode */
export function decodeName(name: string | undefined): string | undefined {
  if (name === undefined || !name.includes("%")) return name;
  try {
    return decodeURIComponent(name);
  } catch {
    throw new HttpError(400, "bad-request", `path: '${name.slice(0, 64)}' does not decode`);
  }
}
