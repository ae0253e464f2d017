import { describe, expect, it } from "vitest";
import type { Checkpoint } from "../../workloads/workload.ts";
import { createLog } from "../log.ts";
import { decodeCheckpoint } from "./file.ts";
import { JobCheckpoints, type JobCheckpointsOptions } from "./job-checkpoints.ts";
import type { CheckpointPlace, Slot } from "./place.ts";

/** A place in memory that can be out of order. */
class MemoryPlace implements CheckpointPlace {
  readonly held = new Map<Slot, Uint8Array>();
  readonly description: string;
  down = false;
  writes = 0;
  /** Since when those had not to be written that were taken away. */
  readonly asked: Date[] = [];

  constructor(description: string) {
    this.description = description;
  }
  async read(slot: Slot) {
    this.#strike();
    return this.held.get(slot);
  }
  async write(slot: Slot, bytes: Uint8Array) {
    this.writes++;
    this.#strike();
    this.held.set(slot, bytes);
  }
  async remove(slot: Slot) {
    this.#strike();
    this.held.delete(slot);
  }
  async removeOlder(before: Date) {
    this.#strike();
    this.asked.push(before);
    return ["checkpoints/old/job.a"];
  }
  #strike() {
    if (this.down) throw new Error(`${this.description} is down`);
  }
}

function setUp() {
  const lines: string[] = [];
  const log = createLog({ write: (line) => void lines.push(line) });
  const [folder, store] = [new MemoryPlace("folder"), new MemoryPlace("store")];
  const clock = { now: 0 };
  const open = (changes: Partial<JobCheckpointsOptions> = {}) =>
    new JobCheckpoints({ folder, store, seconds: 0, log, now: () => clock.now, ...changes });
  const last = (madeBy: unknown = "this") => open().of({ madeBy }).last();
  return { lines, folder, store, clock, open, last };
}

const at = (step: number): Checkpoint => ({
  step,
  vectors: { parameters: Float32Array.of(step) },
  numbers: {},
});

describe("the checkpoints of a Job", () => {
  it("T-08 the last of both places is what the next attempt goes on from", async () => {
    const { folder, store, open, last } = setUp();
    expect(await last()).toBeUndefined();
    const { offer } = open().of({ madeBy: "this" });
    for (const step of [1, 2, 3]) await offer(at(step));
    expect(await last()).toEqual(at(3));
    folder.held.clear();
    expect(await last()).toEqual(at(3));
    await offer(at(4));
    store.held.clear();
    expect(await last()).toEqual(at(4));
  });

  it("are two at most in each place", async () => {
    const { folder, store, open } = setUp();
    const { offer } = open().of({ madeBy: "this" });
    for (let step = 1; step <= 10; step++) await offer(at(step));
    expect([folder.held.size, store.held.size]).toEqual([2, 2]);
  });

  it("an attempt writes over the older one first, also where an earlier attempt made both", async () => {
    const { store, open, last } = setUp();
    const first = open().of({ madeBy: "this" });
    for (const step of [1, 2, 3]) await first.offer(at(step));
    const second = open().of({ madeBy: "this" });
    await second.last();
    await second.offer(at(4));
    expect(await last()).toEqual(at(4));
    const steps = [...store.held.values()].map((bytes) => decodeCheckpoint(bytes).checkpoint.step);
    expect(steps.sort()).toEqual([3, 4]);
  });

  it("a damaged one is passed over with a warning, and the one before it counts", async () => {
    const { folder, store, lines, open, last } = setUp();
    const { offer } = open().of({ madeBy: "this" });
    for (const step of [1, 2]) await offer(at(step));
    for (const place of [folder, store]) {
      const bytes = Uint8Array.from(place.held.get("b")!);
      bytes[40]! ^= 1;
      place.held.set("b", bytes);
    }
    expect(await last()).toEqual(at(1));
    expect(lines.filter((line) => line.includes("it is damaged, its checksum"))).toHaveLength(2);
    for (const place of [folder, store]) place.held.set("a", new Uint8Array());
    expect(await last()).toBeUndefined();
  });

  it.each([
    ["parameters", { image: "1", parameters: { steps: 4 }, data: "d" }],
    ["data", { image: "1", parameters: { steps: 3 }, data: "e" }],
    ["code", { image: "2", parameters: { steps: 3 }, data: "d" }],
  ])("one that was made by other %s is never taken", async (_, other) => {
    const { lines, open, last } = setUp();
    const own = { data: "d", image: "1", parameters: { steps: 3 } };
    await open().of({ madeBy: own }).offer(at(1));
    expect(await last(other)).toBeUndefined();
    expect(lines.join()).toContain("made by other code, parameters or data");
    expect(await last(own)).toEqual(at(1));
  });

  it("are written when they are due, however often one is offered, and at once where it is asked to", async () => {
    const { store, clock, open } = setUp();
    const checkpoints = open({ seconds: 60 });
    const { offer } = checkpoints.of({ madeBy: "this" });
    for (clock.now = 0; clock.now <= 150_000; clock.now += 1_000) await offer(at(clock.now));
    expect(store.writes).toBe(2);
    await checkpoints.keep();
    expect(store.writes).toBe(3);
    expect(await open().of({ madeBy: "this" }).last()).toEqual(at(150_000));
    await checkpoints.keep();
    expect(store.writes).toBe(3);
  });

  it("go on being made while the store is down: kept in the folder, and the store asked ever less often", async () => {
    const { folder, store, lines, clock, open, last } = setUp();
    store.down = true;
    const { offer } = open().of({ madeBy: "this" });
    for (clock.now = 0; clock.now < 600_000; clock.now += 1_000) await offer(at(clock.now));
    expect(folder.writes).toBe(600);
    expect(store.writes).toBeGreaterThan(5);
    expect(store.writes).toBeLessThan(15);
    expect(lines.join()).toContain("could not be written: store is down");
    store.down = false;
    clock.now += 300_000;
    await offer(at(clock.now));
    folder.held.clear();
    expect(await last()).toEqual(at(clock.now));
  });

  it("at the end the store is asked though it was down a moment ago", async () => {
    const { store, open } = setUp();
    store.down = true;
    const checkpoints = open({ folder: undefined });
    await checkpoints.of({ madeBy: "this" }).offer(at(1));
    store.down = false;
    await checkpoints.keep();
    expect(await open().of({ madeBy: "this" }).last()).toEqual(at(1));
  });

  it("a store that cannot be read stops a training that has nothing else to go on from", async () => {
    const { folder, store, open, last } = setUp();
    await open().of({ madeBy: "this" }).offer(at(1));
    store.down = true;
    expect(await last()).toEqual(at(1));
    folder.held.clear();
    await expect(last()).rejects.toThrow("store is down");
  });

  it("what they stand for is told before they are written; where that fails they are written all the same", async () => {
    const { store, lines, open, last } = setUp();
    const told: number[] = [];
    const before = async () => {
      told.push(store.writes);
      if (told.length > 1) throw new Error("registry is down");
    };
    const { offer } = open().of({ madeBy: "this", before });
    await offer(at(1));
    await offer(at(2));
    expect(told).toEqual([0, 1]);
    expect(lines.join()).toContain("metrics wait: registry is down");
    expect(await last()).toEqual(at(2));
  });

  it("are gone when the Job is done; a store that is down then does not matter", async () => {
    const { folder, store, open, last } = setUp();
    const checkpoints = open();
    await checkpoints.of({ madeBy: "this" }).offer(at(1));
    store.down = true;
    await checkpoints.clear();
    expect(folder.held.size).toBe(0);
    store.down = false;
    await checkpoints.clear();
    expect(await last()).toBeUndefined();
  });

  it("of Jobs that wrote none for two weeks go too, whether or not this one made any", async () => {
    const { folder, store, lines, open } = setUp();
    const today = () => new Date("2026-03-15T12:00:00Z");
    folder.down = true;
    await open({ today }).clear();
    expect(store.asked).toEqual([new Date("2026-03-01T12:00:00Z")]);
    expect(lines.join()).toContain("checkpoints/old/job.a");
    expect(lines.join()).toContain("could not be removed: folder is down");
  });

  it("a training that offers none leaves none, and none is missed at its end", async () => {
    const { store, open } = setUp();
    const checkpoints = open();
    await checkpoints.keep();
    checkpoints.of({ madeBy: "this" });
    await checkpoints.keep();
    await checkpoints.clear();
    expect(store.writes).toBe(0);
  });
});
