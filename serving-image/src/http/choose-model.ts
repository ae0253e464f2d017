import type { ServedModel } from "../model/model.ts";
import type { Models } from "../model/models.ts";
import { HttpError } from "./errors.ts";

/**
 * The model that a request means; the only one where it names none.
 * @throws HttpError 404 where there is none, 503 where it is not ready, 400 where a name is needed
 */
export function chooseModel(models: Models, name?: string, version?: string): ServedModel {
  const chosen = name ?? onlyName(models);
  const model = models.get(chosen, version);
  if (model !== undefined) return model;
  const problem = models.problems.find(
    (one) => one.model === chosen && (version ?? one.version) === one.version,
  );
  if (problem !== undefined) {
    throw new HttpError(503, "not-ready", `model '${chosen}' is not ready: ${problem.reason}`);
  }
  const served = models.versions(chosen).map(({ lineage }) => lineage.version);
  throw new HttpError(
    404,
    "unknown-model",
    served.length === 0
      ? `no model '${chosen.slice(0, 64)}' on this server`
      : `'${chosen}' is served in version ${served.join(", ")} only`,
  );
}

/** The one model that declares a route of its own. @throws HttpError */
export function modelWithRoute(models: Models, route: string, name?: string): ServedModel {
  if (name !== undefined) {
    const model = chooseModel(models, name);
    if (model.contract.routes?.includes(route) === true) return model;
    throw new HttpError(404, "unknown-route", `model '${name}' does not declare ${route}`);
  }
  const declaring = models.names.filter(
    (one) => models.get(one)?.contract.routes?.includes(route) === true,
  );
  const [first, ...others] = declaring;
  const model = first === undefined ? undefined : models.get(first);
  if (model === undefined) {
    if (!models.isReady) throw new HttpError(503, "not-ready", "no model is loaded yet");
    throw new HttpError(404, "unknown-route", `no model on this server declares ${route}`);
  }
  if (others.length === 0) return model;
  throw new HttpError(400, "bad-input", `model: is missing, ${declaring.join(", ")} declare it`);
}

function onlyName(models: Models): string {
  const [name, ...others] = models.names;
  if (name === undefined) throw new HttpError(503, "not-ready", "no model is loaded yet");
  if (others.length === 0) return name;
  const names = models.names.join(", ");
  throw new HttpError(400, "bad-input", `model: is missing, this server has ${names}`);
}
