import { readFile } from "node:fs/promises";
import { json } from "node:stream/consumers";
import { InferenceSession, Tensor } from "onnxruntime-node";

/** The runtime with no server around it: rows a second of one thread, in batches. */
interface Job {
  file: string;
  rows: number;
  width: number;
  milliseconds: number;
}

const { file, rows, width, milliseconds } = (await json(process.stdin)) as Job;
const session = await InferenceSession.create(await readFile(file), {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
});
const [name = ""] = session.inputNames;
const run = () =>
  session.run({
    [name]: new Tensor("float32", new Float32Array(rows * width).fill(0.5), [rows, width]),
  });
await run();
const begin = performance.now();
const cpu = process.cpuUsage();
let done = 0;
while (performance.now() - begin < milliseconds) {
  await run();
  done += rows;
}
const { user, system } = process.cpuUsage(cpu);
const seconds = (performance.now() - begin) / 1000;
console.log(JSON.stringify({ rowsPerSecond: done / seconds, cpu: (user + system) / 1000 / done }));
process.exit();
