import type { MetricPoint } from "../mlflow-types.ts";
import { type FakeAnswer, type FakeRequest, FakeServer } from "./fake-server.ts";

interface FakeRun {
  info: {
    run_id: string;
    run_name: string;
    experiment_id: string;
    status: string;
    start_time: number;
    lifecycle_stage: "active" | "deleted";
    artifact_uri: string;
  };
  params: Map<string, string>;
  tags: Map<string, string>;
  /** By everything that tells two points apart, as the real server's primary key does. */
  metrics: Map<string, MetricPoint>;
}

interface FakeVersion {
  name: string;
  version: string;
  run_id: string;
  source: string;
  status: string;
  tags: { key: string; value: string }[];
}

type Body = Record<string, unknown>;
interface Pair {
  key: string;
  value: string;
}

/** A fake of the MLflow tracking server, as far as `Mlflow` uses one: answers and error codes as 3.17 gives them. */
export class FakeMlflow extends FakeServer {
  readonly experiments = new Map<string, string>();
  readonly runs = new Map<string, FakeRun>();
  readonly artifacts = new Map<string, Buffer>();
  readonly models = new Map<
    string,
    { versions: FakeVersion[]; aliases: Map<string, string>; last: number }
  >();

  constructor() {
    super((request) => this.#answer(request));
  }

  /** All versions of a model that are not deleted, oldest first. */
  versions(name: string): readonly FakeVersion[] {
    return this.models.get(name)?.versions ?? [];
  }

  #answer(request: FakeRequest): FakeAnswer {
    const artifact = /^api\/2\.0\/mlflow-artifacts\/artifacts\/(.*)$/.exec(request.path)?.[1];
    if (artifact !== undefined) return this.#artifact(request, artifact);
    const endpoint = request.path.replace("api/2.0/mlflow/", "");
    const body = (
      request.body.length > 0
        ? JSON.parse(request.body.toString())
        : Object.fromEntries(request.query)
    ) as Body;
    const handler = this.#handlers[`${request.method} ${endpoint}`];
    if (handler === undefined) return failure(404, "ENDPOINT_NOT_FOUND", endpoint);
    const answer = handler(body);
    return "status" in answer && typeof answer["status"] === "number"
      ? (answer as unknown as FakeAnswer)
      : { status: 200, body: JSON.stringify(answer) };
  }

  #artifact(request: FakeRequest, path: string): FakeAnswer {
    if (request.method === "PUT") {
      this.artifacts.set(path, request.body);
      return { status: 200, body: "{}" };
    }
    const held = this.artifacts.get(path);
    return held === undefined ? missing(path) : { status: 200, body: held };
  }

  readonly #handlers: Record<string, (body: Body) => Body | FakeAnswer> = {
    "GET experiments/get-by-name": ({ experiment_name: name }) => {
      const id = this.experiments.get(name as string);
      return id === undefined ? missing(name) : { experiment: { experiment_id: id, name } };
    },
    "POST experiments/create": ({ name }) => {
      if (this.experiments.has(name as string)) return taken(name);
      const id = String(this.experiments.size + 1);
      this.experiments.set(name as string, id);
      return { experiment_id: id };
    },
    "POST runs/create": (body) => {
      const id = `run${this.runs.size + 1}`;
      const run: FakeRun = {
        info: {
          run_id: id,
          run_name: body["run_name"] as string,
          experiment_id: body["experiment_id"] as string,
          status: "RUNNING",
          start_time: body["start_time"] as number,
          lifecycle_stage: "active",
          artifact_uri: `mlflow-artifacts:/${body["experiment_id"]}/${id}/artifacts`,
        },
        params: new Map(),
        tags: new Map((body["tags"] as Pair[]).map(({ key, value }) => [key, value])),
        metrics: new Map(),
      };
      this.runs.set(id, run);
      return { run: told(run) };
    },
    "GET runs/get": ({ run_id: id }) => this.#withRun(id, (run) => ({ run: told(run) })),
    "POST runs/search": (body) => {
      const [experiment] = body["experiment_ids"] as string[];
      const [, key = "", value] =
        /^tags\."([^"]+)" = '([^']*)'$/.exec(String(body["filter"])) ?? [];
      const found = [...this.runs.values()].filter(
        ({ info, tags }) =>
          info.experiment_id === experiment &&
          info.lifecycle_stage === "active" &&
          (body["filter"] === "" || tags.get(key) === value),
      );
      return {
        runs: found
          .reverse()
          .slice(0, body["max_results"] as number)
          .map(told),
      };
    },
    "POST runs/update": (body) =>
      this.#withRun(body["run_id"], (run) => {
        run.info.status = body["status"] as string;
        return { run_info: run.info };
      }),
    "POST runs/delete-tag": (body) =>
      this.#withRun(body["run_id"], (run) =>
        run.tags.delete(body["key"] as string) ? {} : missing(body["key"]),
      ),
    "POST runs/log-batch": (body) => this.#withRun(body["run_id"], (run) => logBatch(run, body)),
    "POST registered-models/create": ({ name }) => {
      if (this.models.has(name as string)) return taken(name);
      this.models.set(name as string, { versions: [], aliases: new Map(), last: 0 });
      return { registered_model: { name } };
    },
    "POST model-versions/create": (body) => {
      const model = this.models.get(body["name"] as string);
      if (model === undefined) return missing(body["name"]);
      const version: FakeVersion = {
        name: body["name"] as string,
        version: String(++model.last),
        run_id: body["run_id"] as string,
        source: body["source"] as string,
        status: "READY",
        tags: body["tags"] as Pair[],
      };
      model.versions.push(version);
      return { model_version: version };
    },
    "POST model-versions/set-tag": (body) => {
      const all = this.models.get(body["name"] as string)?.versions ?? [];
      const found = all.find(({ version }) => version === body["version"]);
      if (found === undefined) return missing(body["version"]);
      const [key, value] = [body["key"] as string, body["value"] as string];
      found.tags = [...found.tags.filter((tag) => tag.key !== key), { key, value }];
      return {};
    },
    "GET model-versions/search": (body) => {
      const name = /^name='(.*)'$/.exec(String(body["filter"]))?.[1] ?? "";
      // Two a page and in the order of the text, so that a client which does not page or sort shows it.
      const all = this.versions(name).toSorted((a, b) => a.version.localeCompare(b.version));
      const start = Number(body["page_token"] ?? 0);
      const next = start + 2 < all.length ? { next_page_token: String(start + 2) } : {};
      return { model_versions: all.slice(start, start + 2), ...next };
    },
    "DELETE model-versions/delete": (body) => {
      const model = this.models.get(body["name"] as string);
      const place = model?.versions.findIndex(({ version }) => version === body["version"]) ?? -1;
      if (place < 0) return missing(body["version"]);
      model?.versions.splice(place, 1);
      return {};
    },
    "POST registered-models/alias": (body) => {
      this.models
        .get(body["name"] as string)
        ?.aliases.set(body["alias"] as string, body["version"] as string);
      return {};
    },
    "GET registered-models/alias": ({ name, alias }) => {
      const model = this.models.get(name as string);
      const number = model?.aliases.get(alias as string);
      const version = model?.versions.find((item) => item.version === number);
      return version === undefined
        ? failure(400, "INVALID_PARAMETER_VALUE", `alias ${alias} not found`)
        : { model_version: version };
    },
  };

  #withRun(id: unknown, then: (run: FakeRun) => Body | FakeAnswer): Body | FakeAnswer {
    const run = this.runs.get(id as string);
    return run === undefined ? missing(id) : then(run);
  }
}

function logBatch(run: FakeRun, body: Body): Body | FakeAnswer {
  const [params, tags] = [body["params"] as Pair[], body["tags"] as Pair[]];
  const metrics = body["metrics"] as MetricPoint[];
  if (metrics.length > 1000 || params.length > 100 || tags.length > 100) {
    return failure(400, "INVALID_PARAMETER_VALUE", "batch too large");
  }
  for (const { key, value } of params) {
    if ((run.params.get(key) ?? value) !== value) {
      return failure(400, "INVALID_PARAMETER_VALUE", `param ${key} has another value already`);
    }
    run.params.set(key, value);
  }
  for (const { key, value } of tags) run.tags.set(key, value);
  for (const point of metrics) run.metrics.set(JSON.stringify(point), point);
  return {};
}

function told(run: FakeRun): Body {
  const pairs = (map: Map<string, string>) => [...map].map(([key, value]) => ({ key, value }));
  // Of each metric the point of the last step, as the server gives it with a run.
  const last = new Map<string, MetricPoint>();
  for (const point of run.metrics.values()) {
    if (point.step >= (last.get(point.key)?.step ?? 0)) last.set(point.key, point);
  }
  const metrics = [...last.values()];
  return { info: run.info, data: { params: pairs(run.params), tags: pairs(run.tags), metrics } };
}

function failure(status: number, code: string, message: string): FakeAnswer {
  return { status, body: JSON.stringify({ error_code: code, message }) };
}

function missing(what: unknown): FakeAnswer {
  return failure(404, "RESOURCE_DOES_NOT_EXIST", `${what} does not exist`);
}

function taken(what: unknown): FakeAnswer {
  return failure(400, "RESOURCE_ALREADY_EXISTS", `${what} exists`);
}
