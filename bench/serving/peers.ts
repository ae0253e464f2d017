import { readFile, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TensorSpec } from "../../contracts/model-contract.ts";
import { peerPython } from "../python-peer.ts";
import { type Contestant, launch } from "./contestant.ts";
import type { BenchModel } from "./models.ts";

/** How a peer is started for a model. @throws Error where it cannot be installed or does not answer */
export type Peer = (model: BenchModel, core: string) => Promise<Contestant>;

const folder = (name: string) => fileURLToPath(new URL(`./peers/${name}/`, import.meta.url));

/** Its packages in a folder of their own, pinned; and the version of the one it is about. */
async function python(name: string, distribution: string) {
  const requirements = join(folder(name), "requirements.txt");
  const peer = await peerPython(`serving-${name}`, requirements);
  if ("missing" in peer) throw new Error(`${name} cannot be installed here: ${peer.missing}`);
  const pinned = await readFile(requirements, "utf8");
  const version = new RegExp(`^${distribution}==(.+)$`, "m").exec(pinned)?.[1] ?? "";
  return { interpreter: peer.python, version };
}

const script =
  (name: string, distribution: string): Peer =>
  async (model, core) => {
    const { interpreter, version } = await python(name, distribution);
    const command = [interpreter, join(folder(name), "server.py")] as const;
    return launch({ name, version, command: [...command] }, model, core);
  };

const onNode =
  (name: string, program: string): Peer =>
  (model, core) => {
    const command: [string, string] = [process.execPath, join(folder("node"), program)];
    return launch({ name, version: process.versions.node, command }, model, core);
  };

const described = ({ name, dataType, shape }: TensorSpec) => ({ name, datatype: dataType, shape });

/** Its settings are files in a folder; inference in the server's own process is its quickest on one core. */
const mlserver: Peer = async (model, core) => {
  const { interpreter, version } = await python("mlserver", "mlserver");
  const settings = await mkdtemp(join(tmpdir(), "isotherm-mlserver-"));
  // It chooses no free port by itself.
  const port = 20_000 + Math.floor(Math.random() * 10_000);
  const ports = { http_port: port, grpc_port: port + 1, metrics_port: port + 2 };
  const server = { ...ports, host: "127.0.0.1", parallel_workers: 0, debug: false };
  await writeFile(join(settings, "settings.json"), JSON.stringify(server));
  await writeFile(
    join(settings, "model-settings.json"),
    JSON.stringify({
      ...{ name: model.name, implementation: "runtime.Onnx", platform: "onnx" },
      inputs: model.contract.inputs.map(described),
      outputs: model.contract.outputs.map(described),
    }),
  );
  const command: [string, ...string[]] = [
    interpreter,
    "-c",
    "from mlserver.cli import main; main()",
    "start",
    settings,
  ];
  const environment = { PYTHONPATH: folder("mlserver") };
  return launch({ name: "mlserver", version, command, environment }, model, core, port);
};

export const peers: Readonly<Record<string, Peer>> = {
  bare: onNode("bare", "bare.ts"),
  express: onNode("express", "express.ts"),
  fastapi: script("fastapi", "fastapi"),
  mlserver,
  kserve: script("kserve", "kserve"),
  pytriton: script("pytriton", "nvidia-pytriton"),
};
