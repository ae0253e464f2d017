import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { peerPython } from "../../bench/python-peer.ts";
import { Mlflow } from "../../contracts/mlflow.ts";
import {
  startTrackingServer,
  type TrackingServer,
} from "../../test/exported-models/tracking-server.ts";
import { copyRelease, wholeVersion } from "./copy-release.ts";
import { registerSample, TwoPlaces } from "./testing/two-places.ts";

/** Releases copied between two of MLflow's own servers, on SQLite. The object stores are fakes. */
const requirements = new URL("../../test/exported-models/requirements.txt", import.meta.url);
const places = new TwoPlaces();
const servers: TrackingServer[] = [];
let folder: string;
const registry = (index: number) => new Mlflow({ url: servers[index]!.url });
const dev = () => ({ ...places.place("dev"), mlflow: registry(0) });
const staging = () => ({ ...places.place("staging"), mlflow: registry(1) });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "isotherm-copies-"));
  const peer = await peerPython("exported-models", requirements.pathname);
  if ("missing" in peer) throw new Error(`Python's packages: ${peer.missing}`);
  await places.start();
  for (const name of ["dev", "staging"]) {
    servers.push(await startTrackingServer(peer.python, await mkdtemp(join(folder, name))));
  }
});
afterAll(async () => {
  for (const server of servers) await server.stop();
  await places.stop();
  await rm(folder, { recursive: true, force: true });
});

it("a release copied by three at once is one whole version, and copied again it is the same one", async () => {
  for (const [index, weights] of ["1", "2", "3"].entries()) {
    const sample = await registerSample(dev(), { weights });
    const copies = await Promise.all([1, 2, 3].map(() => copyRelease(dev(), staging(), sample)));
    expect(new Set(copies.map(({ version }) => version)).size).toBe(1);
    const versions = await staging().mlflow.modelVersions("wine");
    expect(versions).toHaveLength(index + 1);
    const whole = await wholeVersion(staging(), sample);
    expect(whole?.version).toBe(copies[0]!.version);
    expect((await copyRelease(dev(), staging(), sample)).version).toBe(copies[0]!.version);
    const run = await staging().mlflow.getRun(whole!.run_id!);
    expect(run.data.params).toContainEqual({ key: "hidden", value: "32" });
    expect(run.info.status).toBe("FINISHED");
  }
});
