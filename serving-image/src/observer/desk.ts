import { AuditPolicy, PhysicsPolicy } from "../../../contracts/audit-policy.ts";
import { type FeedbackRecord, unassigned } from "../../../contracts/audit-record.ts";
import { ObjectStore } from "../../../contracts/object-store.ts";
import { ReleaseStore } from "../../../contracts/release-store.ts";
import type { ServingConfig } from "../../../contracts/serving-config.ts";
import { lineWriter } from "../audit/lines.ts";
import { defaultLimits, type LogLimits, LogWriter } from "../audit/log-writer.ts";
import type { Place } from "../audit/page.ts";
import { EventSender } from "../events/event-sender.ts";
import { QualityWindow } from "../feedback/quality.ts";
import { type Known, RecentAnswers } from "../feedback/recent-answers.ts";
import type { Feedback } from "../inference.ts";
import { PhysicsWatch } from "../physics/physics-watch.ts";
import { type ObservedAnswer, type ObservedModel, answersOf } from "./answers.ts";
import { InputRanges } from "./input-ranges.ts";
import type { FromThread, Reading, ThreadData, ToThread } from "./messages.ts";

export interface DeskOptions extends ThreadData {
  send: (message: FromThread) => void;
  limits?: Partial<LogLimits>;
}

/** A model whose answers are read here. */
interface Open {
  model: ObservedModel;
  place: Place;
  line: (answer: ObservedAnswer) => string;
  ranges: InputRanges;
  quality: QualityWindow;
}

/** Reads what was answered, away from the event loop that answers: log, events, counters, labels. */
export class Desk {
  readonly #options: DeskOptions;
  readonly #models = new Map<number, Open>();
  readonly #log: LogWriter;
  readonly #events: EventSender;
  readonly #physics: PhysicsWatch;
  readonly #recent = new RecentAnswers();
  #readings: Reading[] = [];
  #config: ServingConfig | undefined;
  #policy = AuditPolicy.parse({});

  constructor(options: DeskOptions) {
    this.#options = options;
    const trouble = (what: "audit" | "events" | "physics") => (message?: string) =>
      options.send({ kind: "trouble", what, ...(message === undefined ? {} : { message }) });
    this.#log = new LogWriter({
      target: () => this.#target(),
      limits: { ...defaultLimits, ...options.limits },
      onWritten: ({ log, model }, count) => {
        if (log === "audit") this.#read({ of: "audit-written", model, count });
      },
      onLost: ({ log, model }, count, reason) => {
        // Who dropped them has counted them.
        if (reason === "thread-busy") return;
        const why = log === "audit" ? reason : `feedback-${reason}`;
        this.#read({ of: "audit-lost", model, reason: why, count });
      },
      onTrouble: trouble("audit"),
    });
    this.#events = new EventSender({
      onSent: (count) => this.#read({ of: "events-sent", count }),
      onLost: (count, reason) => this.#read({ of: "events-lost", count, reason }),
      onTrouble: trouble("events"),
    });
    this.#physics = new PhysicsWatch({
      store: () => {
        const { store, bucket } = this.#target();
        return new ReleaseStore(store, bucket);
      },
      onValues: (key, values) => this.#read({ of: "physics", key, values }),
      onTrouble: trouble("physics"),
    });
  }

  async take(message: ToThread): Promise<void> {
    switch (message.kind) {
      case "configure":
        return this.#configure(message.config);
      case "model":
        this.#models.set(message.model.key, this.#open(message.model));
        return this.#physics.open(message.model);
      case "forget":
        return this.#forget(message.key);
      case "sheet":
        this.#sheet(message);
        return this.#options.send({ kind: "taken", bytes: message.bytes });
      case "lost": {
        const open = this.#models.get(message.key);
        if (open === undefined || this.#policy.log === "none") return;
        return this.#log.lose(open.place, message.answers, message.reason);
      }
      case "feedback":
        return this.#feedback(message.feedback);
      case "drain":
        await Promise.all([this.#log.drain(message.limitMs), this.#events.drain(message.limitMs)]);
        return this.#flush();
    }
  }

  /** To be called about once a second. */
  tick(): void {
    this.#log.tick();
    this.#events.tick();
    this.#physics.tick();
    this.#read({ of: "audit-waiting", count: this.#log.waiting });
    this.#flush();
  }

  #configure(config: ServingConfig): void {
    this.#config = config;
    this.#policy = AuditPolicy.parse(config.audit ?? {});
    this.#events.configure(config.events);
    this.#physics.configure(PhysicsPolicy.parse(config.physics ?? {}).share);
    for (const [key, { model, quality }] of this.#models) {
      this.#models.set(key, { ...this.#open(model), quality });
    }
  }

  #open(model: ObservedModel): Open {
    const { environment, name } = model.lineage;
    const place = { log: "audit", environment, model: name } as const;
    if (this.#policy.log !== "none") this.#log.open(place);
    // What may not be logged is not sent away either.
    const log = this.#policy.log === "all" ? "all" : "answers";
    return {
      model,
      place,
      line: lineWriter(model, { ...this.#policy, log }),
      ranges: new InputRanges(model.contract),
      quality: new QualityWindow(model.contract),
    };
  }

  #forget(key: number): void {
    void this.#physics.close(key);
    const open = this.#models.get(key);
    this.#models.delete(key);
    const names = [...this.#models.values()].map(({ place }) => place.model);
    if (open !== undefined && !names.includes(open.place.model)) this.#log.close(open.place);
  }

  #sheet({ key, data }: Extract<ToThread, { kind: "sheet" }>): void {
    const open = this.#models.get(key);
    if (open === undefined) return;
    const isLogged = this.#policy.log !== "none";
    let notFinite = 0;
    for (const answer of answersOf(data)) {
      open.ranges.look(answer);
      this.#recent.add(open.model, answer);
      this.#physics.draw(key, answer);
      if (!isFinite(answer)) notFinite++;
      if (!isLogged && !this.#events.isOn) continue;
      const line = open.line(answer);
      if (isLogged) this.#log.add(open.place, line, answer.time);
      this.#events.add(open.model.lineage, answer, line);
    }
    for (const [feature, count] of open.ranges.take()) {
      this.#read({ of: "out-of-range", key, feature, count });
    }
    if (notFinite > 0) this.#read({ of: "not-finite", key, count: notFinite });
  }

  #feedback({ requestId, labels, model, time, team }: Feedback): void {
    const known = this.#recent.get(requestId, model);
    const result = known === undefined ? "unknown-request" : known.label(labels);
    const open = known === undefined ? undefined : this.#models.get(known.key);
    if (result === "joined" && known !== undefined && open !== undefined) {
      open.quality.add(known.predictions, labels);
      this.#read({ of: "quality", key: known.key, quality: open.quality.quality });
    }
    const name = known?.model ?? this.#served(model) ?? unassigned;
    this.#read({ of: "feedback", model: known?.model ?? "", result, count: 1 });
    if (this.#policy.log === "none" || this.#config === undefined) return;
    const { environment } = this.#config;
    const record: FeedbackRecord = {
      schema: "isotherm.dev/feedback-record/v1",
      requestId,
      time: time.toISOString(),
      environment,
      ...(name === unassigned ? {} : { model: name }),
      ...(known === undefined ? {} : ofAnswer(known)),
      ...(team === undefined ? {} : { team }),
      labels: [...labels],
    };
    this.#log.add(
      { log: "feedback", environment, model: name },
      JSON.stringify(record),
      time.getTime(),
    );
  }

  /** Which model a label is about, where its answer is not known: what the client says, if there is one of that name. */
  #served(model: string | undefined): string | undefined {
    const names = new Set([...this.#models.values()].map(({ place }) => place.model));
    if (model !== undefined) return names.has(model) ? model : undefined;
    return names.size === 1 ? [...names][0] : undefined;
  }

  #target(): { store: ObjectStore; bucket: string } {
    if (this.#config === undefined) throw new Error("there is no configuration yet");
    const { endpoint, region, bucket } = this.#config.objects;
    // One try each: the log has its own pauses between them.
    const patience = { retries: 0, timeoutMs: 10_000 };
    const { credentials } = this.#options;
    return { store: new ObjectStore({ endpoint, region, ...credentials, ...patience }), bucket };
  }

  #read(reading: Reading): void {
    this.#readings.push(reading);
    if (this.#readings.length >= 100) this.#flush();
  }

  #flush(): void {
    if (this.#readings.length === 0) return;
    this.#options.send({ kind: "readings", readings: this.#readings });
    this.#readings = [];
  }
}

function ofAnswer({
  release,
  predictions,
}: Known): Pick<FeedbackRecord, "release" | "predictions"> {
  return { release, predictions: [...predictions] };
}

function isFinite({ outputs }: ObservedAnswer): boolean {
  for (const elements of outputs) {
    if (!(elements instanceof Float32Array || elements instanceof Float64Array)) continue;
    for (const value of elements) if (!Number.isFinite(value)) return false;
  }
  return true;
}
