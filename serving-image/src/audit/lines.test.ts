import { Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { AuditRecord } from "../../../contracts/audit-record.ts";
import { unpackRows } from "../../../contracts/packed-rows.ts";
import type { ModelContract } from "../../../contracts/model-contract.ts";
import { observedToy, sheetOf, toyInference } from "../../testing/observed.ts";
import { toyContract } from "../../testing/toy-release.ts";
import type { Inference } from "../inference.ts";
import { answersOf } from "../observer/answers.ts";
import { decimal, lineWriter } from "./lines.ts";

const all = { log: "all", redact: [] } as const;

function linesOf(
  inferences: readonly Inference[],
  policy: Parameters<typeof lineWriter>[1] = all,
  change: Partial<ModelContract> = {},
): AuditRecord[] {
  const model = observedToy(change);
  const write = lineWriter(model, policy);
  const answers = [...answersOf(sheetOf(inferences, model.contract))];
  return answers.map((answer) => AuditRecord.parse(JSON.parse(write(answer))));
}

describe("audit lines", () => {
  it("S-02 say what was asked, what was answered, by which release, for whom and in what time", () => {
    const trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const [line] = linesOf([
      toyInference(
        [
          [0.1, 0.2, 3],
          [7, 5, 6],
        ],
        { team: "cellar", traceparent: trace },
      ),
    ]);
    expect(line).toEqual({
      schema: "isotherm.dev/audit-record/v1",
      requestId: "request-1",
      time: "2026-03-04T05:06:07.089Z",
      environment: "dev",
      model: "toy",
      version: "3",
      release: "a".repeat(64),
      dataVersion: "data-7",
      slot: "blue",
      isShadow: false,
      route: "/predict",
      team: "cellar",
      traceparent: trace,
      durationMs: 1.234,
      rows: 2,
      inputs: [
        [0.1, 0.2, 3],
        [7, 5, 6],
      ],
      outputs: { label: [2, 0] },
    });
  });

  it("keep answers apart that came together, and outputs that only some asked for", () => {
    const probabilities = new Tensor("float32", Float32Array.of(0.25, 0.25, 0.5), [1, 3]);
    const second = toyInference([[3, 2, 1]], { requestId: "request-2", isShadow: true });
    const lines = linesOf([
      toyInference([[1, 2, 3]]),
      { ...second, outputs: { ...second.outputs, probabilities } },
      toyInference([[2, 3, 1]], { requestId: "request-3" }),
    ]);
    expect(lines.map(({ requestId, isShadow }) => [requestId, isShadow])).toEqual([
      ["request-1", false],
      ["request-2", true],
      ["request-3", false],
    ]);
    expect(lines.map(({ outputs }) => outputs)).toEqual([
      { label: [2] },
      { label: [0], probabilities: [[0.25, 0.25, 0.5]] },
      { label: [1] },
    ]);
    expect(lines.map(({ inputs }) => inputs)).toEqual([[[1, 2, 3]], [[3, 2, 1]], [[2, 3, 1]]]);
  });

  it("redact by the policy and by the contract, and say so", () => {
    const features = [{ name: "a", sensitive: true }, { name: "b" }, { name: "c" }];
    const [line] = linesOf(
      [toyInference([[1, 2, 3]])],
      { log: "all", redact: ["c"] },
      { features },
    );
    expect(line).toMatchObject({ inputs: [[null, 2, null]], redacted: ["a", "c"] });
    const [answer] = linesOf([toyInference([[1, 2, 3]])], { log: "answers", redact: [] });
    expect(answer?.inputs).toBeUndefined();
    expect(answer?.outputs).toEqual({ label: [2] });
  });

  it("hide every value where elements are not features one by one", () => {
    const [line] = linesOf(
      [toyInference([[1, 2, 3]])],
      { log: "all", redact: ["a"] },
      { features: [{ name: "a" }, { name: "b" }] },
    );
    expect(line?.inputs).toEqual([[null, null, null]]);
  });

  it("write words, what is missing, and what is not finite", () => {
    const columns: ModelContract["inputs"] = [
      { name: "plan", dataType: "BYTES", shape: [-1] },
      { name: "months", dataType: "FP64", shape: [-1, 1], nullable: true },
    ];
    const inference = toyInference([[0, 0, 0]]);
    const [line] = linesOf(
      [
        {
          ...inference,
          question: {
            ...inference.question,
            rows: 2,
            inputs: {
              plan: new Tensor("string", ['one "year"', ""], [2]),
              months: new Tensor("float64", Float64Array.of(Number.NaN, 2.5), [2, 1]),
            },
          },
          outputs: { score: new Tensor("float32", Float32Array.of(Number.NaN, -Infinity), [2]) },
        },
      ],
      all,
      {
        inputs: columns,
        features: [{ name: "plan" }, { name: "months" }],
        outputs: [{ name: "score", dataType: "FP32", shape: [-1] }],
      },
    );
    expect(line?.inputs).toEqual([
      ['one "year"', null],
      ["", 2.5],
    ]);
    expect(line?.outputs).toEqual({ score: ["NaN", "-Infinity"] });
  });

  it("pack many 32-bit numbers, bit for bit, and never where a feature is redacted", () => {
    const rows = Array.from({ length: 100 }, (_, row) => [row, row / 3, -row]);
    const [line] = linesOf([toyInference(rows)]);
    expect(line?.inputs).toMatchObject({ dataType: "FP32", shape: [100, 3] });
    const exact = rows.map((row) => row.map(Math.fround));
    expect(unpackRows(line?.inputs ?? [])).toEqual(exact);
    const [hidden] = linesOf([toyInference(rows)], { log: "all", redact: ["b"] });
    expect((hidden?.inputs as unknown[])[7]).toEqual([7, null, -7]);
  });

  it("write 32-bit numbers as people would, and lose none of their bits", () => {
    expect(decimal(Math.fround(0.1))).toBe("0.1");
    expect(decimal(Math.fround(-13.2))).toBe("-13.2");
    expect(decimal(Math.fround(1e-7))).toMatch(/e-/);
    expect(decimal(7)).toBe("7");
    const bits = new Float32Array(1);
    for (let draw = 0; draw < 2_000; draw++) {
      new Uint32Array(bits.buffer)[0] = Math.floor(Math.random() * 0x7f800000);
      const value = bits[0] as number;
      expect(Math.fround(JSON.parse(decimal(value)) as number)).toBe(value);
    }
  });

  it("copy values when they are told, not when they are written", () => {
    const inference = toyInference([[1, 2, 3]]);
    const sheet = sheetOf([inference]);
    (inference.question.inputs["features"]?.data as Float32Array).fill(9);
    const write = lineWriter(observedToy(), all);
    const [line] = [...answersOf(sheet)].map((answer) => JSON.parse(write(answer)) as AuditRecord);
    expect(line?.inputs).toEqual([[1, 2, 3]]);
    expect(toyContract.inputs).toHaveLength(1);
  });
});
