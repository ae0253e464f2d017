import { inferAnswer } from "../answer.ts";
import { type Clause, demand, Skipped } from "../clause.ts";
import type { Target } from "../target.ts";
import { type Element, isSame, type Tensor, toJson } from "../tensors.ts";
import { clientFault } from "./client-fault.ts";

/** An input whose elements come back as an output: only there can an element's way be followed. */
interface Echo {
  inputs: readonly Tensor[];
  input: Tensor;
  output: string;
}

async function echoOf(target: Target, datatype: string): Promise<Echo> {
  const given = await target.inputs();
  if (!given.some((input) => input.datatype === datatype)) {
    throw new Skipped(`the model takes no ${datatype}`);
  }
  const samples = [await target.inputs({ offset: 0 }), await target.inputs({ offset: 1 })];
  const answers = [await target.infer({}, samples[0]), await target.infer({}, samples[1])];
  for (const input of samples[0]!.filter((one) => one.datatype === datatype)) {
    const output = answers[0]!.outputs.find(({ name }) =>
      answers.every((answer, index) => {
        const sent = samples[index]?.find((one) => one.name === input.name);
        const back = answer.outputs.find((one) => one.name === name);
        return sent !== undefined && back !== undefined && isSame(sent, back);
      }),
    );
    if (output !== undefined) return { inputs: samples[0]!, input, output: output.name };
  }
  throw new Skipped(`no output gives back an input of ${datatype}`);
}

/** Sends one element in the place of the first. */
function withElement({ inputs, input }: Echo, element: Element): Tensor[] {
  const elements = [element, ...input.elements.slice(1)];
  return inputs.map((one) => (one.name === input.name ? { ...input, elements } : one));
}

const roundTrip = (datatype: string, elements: readonly Element[]) => async (target: Target) => {
  const echo = await echoOf(target, datatype);
  for (const element of elements) {
    const { outputs } = await target.infer({}, withElement(echo, element));
    const back = outputs.find(({ name }) => name === echo.output)?.elements[0];
    // 0.1 is one way to write the FP32 nearest to it.
    const read = datatype === "FP32" ? Math.fround(Number(back)) : back;
    demand(String(read) === String(element), `${toJson(element)} comes back as ${toJson(back)}`);
  }
};

/** What many a server cannot hold: it comes back as it went, or the server says that it cannot. */
const exactOrRefused =
  (datatype: string, elements: readonly Element[]) => async (target: Target) => {
    const echo = await echoOf(target, datatype);
    for (const element of elements) {
      const exchange = await target.send(await target.request({}, withElement(echo, element)));
      if (exchange.status !== 200) {
        clientFault(exchange, toJson(element));
        continue;
      }
      const back = inferAnswer(exchange).outputs.find(({ name }) => name === echo.output);
      const seen = `${toJson(element)} comes back as ${toJson(back?.elements[0])}`;
      demand(String(back?.elements[0]) === String(element), seen);
    }
  };

/** Tensor Data, Tensor Data Types. What is followed here needs a model that gives back what it takes. */
export const tensorData: readonly Clause[] = [
  {
    id: "tensor-data-types/bool",
    level: "required",
    title: "BOOL is true and false",
    check: roundTrip("BOOL", [true, false]),
  },
  {
    id: "tensor-data-types/bytes",
    level: "required",
    title: "BYTES is text, of any script and of no length too",
    check: roundTrip("BYTES", ["", "Größe ≤ 5 µm", "日本", '\t"\\\n', "🌡"]),
  },
  {
    id: "tensor-data-types/bytes-nul",
    level: "expected",
    title: "no byte of BYTES is lost without a word, behind U+0000 neither",
    check: exactOrRefused("BYTES", ["a\u0000b"]),
  },
  {
    id: "tensor-data-types/int64",
    level: "expected",
    title: "no digit of an INT64 is lost without a word",
    check: exactOrRefused("INT64", [
      2n ** 53n + 1n,
      -(2n ** 53n) - 1n,
      2n ** 63n - 1n,
      -(2n ** 63n),
    ]),
  },
  {
    id: "tensor-data-types/fp32",
    level: "required",
    title: "FP32 keeps its sign, its smallest and its largest values",
    check: roundTrip("FP32", [-1, 0.1, 2 ** -126, (2 - 2 ** -23) * 2 ** 127].map(Math.fround)),
  },
  {
    id: "tensor-data-types/fp64",
    level: "required",
    title: "FP64 keeps every digit",
    check: roundTrip("FP64", [-1, 0.1, Number.MIN_VALUE, Number.MAX_VALUE]),
  },
];
