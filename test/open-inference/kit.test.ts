import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { clauses } from "./clauses/index.ts";
import { Client } from "./http.ts";
import { type Result, runClauses } from "./run.ts";
import { Target } from "./target.ts";
import { EchoServer, type Fault, type Reply } from "./testing/echo-server.ts";

/** The kit itself: passes a server that keeps the protocol, and sees every fault, each by its own clause. */
let server: EchoServer;
beforeAll(async () => void (server = await new EchoServer().listen()));
afterAll(async () => server?.close());
beforeEach(() => void (server.fault = (reply) => reply));

const target = () => new Target(new Client({ url: server.url, headers: {} }), "echo");
const idsOf = (results: Result[], outcome: Result["outcome"]) =>
  results.filter((result) => result.outcome === outcome).map(({ id }) => id);
async function failures(fault: Fault, ids?: readonly string[]): Promise<string[]> {
  server.fault = fault;
  const chosen = clauses.filter(({ id }) => ids?.includes(id) ?? true);
  return idsOf(await runClauses(chosen, target()), "fail");
}

type Output = Record<string, unknown> & { name: string; data?: unknown[]; shape: number[] };
const isRefusal = ({ status }: Reply) => status >= 400;
const withJson =
  (where: RegExp, change: (json: Record<string, unknown>) => Record<string, unknown>): Fault =>
  (reply, { path }) =>
    where.test(path) && !isRefusal(reply) ? { ...reply, json: change(reply.json) } : reply;
const onInfer = (change: (json: Record<string, unknown>) => Record<string, unknown>) =>
  withJson(/infer$/, change);
const outputs = (change: (outputs: Output[]) => unknown) =>
  onInfer((json) => ({ ...json, outputs: change(json["outputs"] as Output[]) }));
const dead =
  (where: RegExp): Fault =>
  (reply, { path }) =>
    where.test(path) ? { status: 503, json: { error: "gone" } } : reply;
const refuses =
  (where: (request: string, length?: string) => boolean): Fault =>
  (reply, { path, body, length }) =>
    path.endsWith("/infer") && where(new TextDecoder().decode(body), length)
      ? { status: 400, json: { error: "refused" } }
      : reply;
const data = (datatype: string, change: (element: unknown) => unknown) =>
  outputs((all) =>
    all.map((output) =>
      output["datatype"] === datatype && output.data !== undefined
        ? { ...output, data: output.data.map(change) }
        : output,
    ),
  );
/** Bytes in another order, where there are any. */
const swapped: Fault = (reply) =>
  reply.tail === undefined ? reply : { ...reply, tail: reply.tail.toReversed() };
const sendsBytes = (text: string) => text.includes("binary_data_size");

let faults = 0;
/** For each clause, a server that breaks it. What clauses of faults look for is below. */
const broken: Readonly<Record<string, Fault>> = {
  "server-live/status": dead(/health\/live$/),
  "server-live/response": withJson(/health\/live$/, () => ({})),
  "server-ready/status": dead(/health\/ready$/),
  "server-ready/response": withJson(/health\/ready$/, () => ({ ready: "yes" })),
  "model-ready/status": dead(/echo\/ready$/),
  "model-ready/response": withJson(/echo\/ready$/, () => ({ name: "other", ready: true })),
  "model-ready/version": dead(/versions\/1\/ready$/),
  "server-metadata/response": withJson(/v2$/, ({ name, version }) => ({ name, version })),
  "server-metadata/slash": dead(/v2\/$/),
  "model-metadata/response": withJson(/echo$/, ({ platform: _, ...json }) => json),
  "model-metadata/name": withJson(/echo$/, (json) => ({ ...json, name: "Echo" })),
  "model-metadata/tensors": withJson(/echo$/, (json) => ({ ...json, outputs: [] })),
  "model-metadata/version": dead(/versions\/1$/),
  "inference-request/inputs": dead(/infer$/),
  "inference-request/id": onInfer((json) => ({ ...json, ...("id" in json ? { id: "1" } : {}) })),
  "inference-request/parameters": refuses((text) => text.includes("parameters")),
  "inference-request/outputs": outputs((all) => all.slice(1)),
  "inference-request/version": dead(/versions\/1\/infer$/),
  "request-input/nested": refuses((text) => text.includes('"data":[[')),
  "request-input/order": refuses((text) => text.startsWith('{"inputs":[{"name":"flag"')),
  "request-input/batch": outputs((all) =>
    all.map(({ shape, data, ...output }) =>
      shape[0] === 2 ? { ...output, shape, data: data?.toReversed() } : { ...output, shape, data },
    ),
  ),
  "request-output/choice": refuses((text) => text.includes('"outputs"')),
  "inference-response/media-type": (reply) => ({ ...reply, type: "text/plain" }),
  "inference-response/model-name": onInfer((json) => ({ ...json, model_name: "other" })),
  "inference-response/model-version": onInfer((json) => ({ ...json, model_version: "2" })),
  "inference-response/no-id": onInfer((json) => ({ id: "made up", ...json })),
  "inference-response/no-null": onInfer((json) => ({ id: null, ...json })),
  "response-output/metadata": outputs((all) => all.map((one) => ({ ...one, name: "other" }))),
  "tensor-data-types/bool": data("BOOL", () => 1),
  "tensor-data-types/bytes": data("BYTES", (text) =>
    (text as string).replace(/[^\u0020-\u007f]/g, "?"),
  ),
  "tensor-data-types/bytes-nul": data("BYTES", (text) => (text as string).split("\0")[0]),
  "tensor-data-types/int64": data("INT64", (value) => BigInt(Number(value))),
  "tensor-data-types/fp32": data("FP32", (value) => Math.abs(value as number)),
  "tensor-data-types/fp64": data("FP64", (value) => Math.fround(value as number)),
  "inference-error/object": (reply) =>
    isRefusal(reply) ? { ...reply, json: { detail: "wrong" } } : reply,
  "inference-error/after": (reply, { path }) => {
    if (isRefusal(reply)) faults++;
    return faults > 0 && path.endsWith("/infer") ? { status: 500, json: { error: "" } } : reply;
  },
  "binary-tensor-data/input": refuses(sendsBytes),
  "binary-tensor-data/input-batch": refuses((text) => sendsBytes(text) && text.includes("[2]")),
  "binary-tensor-data/input-mixed": refuses((text) => sendsBytes(text) && text.includes('"data"')),
  "binary-tensor-data/input-order": refuses(
    (text) => sendsBytes(text) && text.startsWith('{"inputs":[{"name":"flag"'),
  ),
  "binary-tensor-data/input-none": refuses((_, length) => length !== undefined),
  "binary-tensor-data/output": swapped,
  "binary-tensor-data/output-one": swapped,
  "binary-tensor-data/output-override": refuses((text) => text.includes('"binary_data":false')),
  "binary-tensor-data/both": swapped,
  "binary-tensor-data/media-type": (reply) => ({ ...reply, type: "application/json" }),
};

describe("the conformance kit", () => {
  it("passes a server that keeps the protocol, and skips nothing there", async () => {
    const results = await runClauses(clauses, target());
    expect(results.filter(({ outcome }) => outcome !== "pass")).toEqual([]);
  });

  it("names every clause once", () => {
    const ids = clauses.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each(Object.entries(broken))("sees a server that breaks %s", async (id, fault) => {
    faults = 0;
    expect(await failures(fault, [id])).toEqual([id]);
  });

  const isFault = (id: string) => !(id in broken);
  it("sees by every clause of a client's fault a server that takes the blame", async () => {
    const blamed = (reply: Reply) => (isRefusal(reply) ? { ...reply, status: 500 } : reply);
    expect((await failures(blamed)).sort()).toEqual(
      clauses
        .map(({ id }) => id)
        .filter(isFault)
        .sort(),
    );
  });

  it("sees by every clause of a client's fault a server that takes anything", async () => {
    const lenient = (reply: Reply) => (isRefusal(reply) ? { status: 200, json: {} } : reply);
    const faults = clauses.map(({ id }) => id).filter(isFault);
    expect((await failures(lenient, faults)).sort()).toEqual(faults.sort());
  });

  it("skips the binary extension where the server does not name it", async () => {
    server.fault = withJson(/v2\/?$/, (json) => ({ ...json, extensions: [] }));
    const results = await runClauses(clauses, target());
    const binary = clauses.map(({ id }) => id).filter((id) => id.startsWith("binary"));
    expect(idsOf(results, "skip")).toEqual(binary);
    expect(idsOf(results, "fail")).toEqual([]);
  });

  it("sees versions that are null by one clause, and looks at everything else", async () => {
    const isNull = withJson(/echo$/, (json) => ({ ...json, versions: null }));
    expect(await failures(isNull)).toEqual(["model-metadata/response"]);
  });

  it("says what it saw where nobody listens", async () => {
    const nobody = new Target(new Client({ url: "http://127.0.0.1:1", headers: {} }), "echo");
    const [first] = await runClauses(clauses.slice(0, 1), nobody);
    expect(first).toMatchObject({ outcome: "fail", note: expect.stringContaining("no answer") });
  });
});
