import { HTTP } from "cloudevents";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FakeServer } from "../../../contracts/testing/fake-server.ts";
import { sheetOf, toyInference, toyLineage } from "../../testing/observed.ts";
import { answersOf } from "../observer/answers.ts";
import { type EventLoss, EventSender } from "./event-sender.ts";

let sink: FakeServer;
let status: number;
let sent: number;
let lost: Map<EventLoss, number>;
let troubles: (string | undefined)[];
let sender: EventSender;

beforeEach(async () => {
  [status, sent, troubles] = [202, 0, []];
  lost = new Map();
  sink = await new FakeServer(() => ({ status })).listen();
  sender = new EventSender({
    onSent: (events) => (sent += events),
    onLost: (events, reason) => lost.set(reason, (lost.get(reason) ?? 0) + events),
    onTrouble: (message) => troubles.push(message),
    retryMs: 1,
  });
  sender.configure({ url: sink.url });
});
afterEach(() => sink.close());

const [answer] = [...answersOf(sheetOf([toyInference([[1, 2, 3]])]))];
const add = (count: number, line = '{"n":1}') => {
  for (let n = 0; n < count; n++) sender.add(toyLineage, answer!, line);
};

describe("event sender", () => {
  it("T-10 sends batches that the CloudEvents SDK reads, each event with an id of its own", async () => {
    add(501);
    await sender.drain(5_000);
    expect(sent).toBe(501);
    expect(sink.requests).toHaveLength(2);
    const ids = sink.requests.flatMap(({ headers, body }) => {
      const events = HTTP.toEvent<{ n: number }>({ headers, body: body.toString() });
      return (Array.isArray(events) ? events : [events]).map(({ id }) => id);
    });
    expect(new Set(ids).size).toBe(501);
  });

  it("T-10 tries a sink that fails again, then gives the events up and counts them", async () => {
    status = 503;
    add(3);
    await sender.drain(5_000);
    expect(sink.requests).toHaveLength(4);
    expect([...lost]).toEqual([["sink-failed", 3]]);
    expect(troubles).toEqual(["the sink answered 503"]);
  });

  it("does not send again what the sink refuses", async () => {
    status = 400;
    add(3);
    await sender.drain(5_000);
    expect(sink.requests).toHaveLength(1);
    expect(lost.get("sink-failed")).toBe(3);
  });

  it("holds a bounded queue in front of a sink that hangs", async () => {
    sink.weather.strike = () => "hang";
    add(6, "x".repeat(1024 * 1024));
    expect(lost.get("buffer-full")).toBe(3);
    await sender.drain(20);
    expect(lost.get("drain")).toBe(3);
  });

  it("does nothing without a sink", async () => {
    sender.configure(undefined);
    add(3);
    await sender.drain(5_000);
    expect(sink.requests).toHaveLength(0);
    expect(lost.size).toBe(0);
  });
});
