import { hash } from "node:crypto";
import type { Answer } from "./answer.ts";
import { rowDifferences } from "./difference.ts";
import type { ShadowDifference } from "../../../contracts/shadow.ts";
import { Largest } from "./largest.ts";
import { Pair } from "./pair.ts";

export type Side = "primary" | "shadow";

/** What stays of an answer once it was held against the other one. */
export interface SeenAnswer extends Pick<Answer, "release" | "time" | "print"> {
  /** How often it came again. */
  repeats: number;
}

/** What is known of one request. */
export interface PairedRequest {
  primary?: SeenAnswer;
  shadow?: SeenAnswer;
  /** Of both answers, once they are there; `incomparable` where they cannot be held against each other. */
  pair?: Pair | "incomparable";
  /** Its id stood for different questions. */
  isAmbiguous: boolean;
}

interface Held extends PairedRequest {
  /** The one that waits for the other. */
  waiting?: Answer;
  bytes: number;
}

export interface PairingOptions {
  /** Relative difference of two numbers over which they disagree; regression. */
  tolerance: number;
  /** How many of the rows that differ most are told of each two releases. */
  largest: number;
  /** Whether a time, in milliseconds since 1970, is in the window. */
  isInside: (time: number) => boolean;
  /** About how much may be held. */
  mostBytes: number;
}

/**
 * Brings answers of both sides together by request id, in whatever order they come. Memory is bounded: where there are
 * too many requests, only those whose id has a small enough hash are looked at, which is the same choice on both sides.
 */
export class Pairing {
  readonly #options: PairingOptions;
  readonly #requests = new Map<string, Held>();
  /** By the two releases. */
  readonly #largest = new Map<string, Largest>();
  #bytes = 0;
  #sampled = 1;

  constructor(options: PairingOptions) {
    this.#options = options;
  }

  /** Share of all requests that is looked at. */
  get sampled(): number {
    return this.#sampled;
  }

  get requests(): Iterable<PairedRequest> {
    return this.#requests.values();
  }

  /** The rows on which two releases differ most. */
  largestOf(primary: string, shadow: string): ShadowDifference[] {
    return this.#largest.get(`${primary} ${shadow}`)?.differences ?? [];
  }

  /** @param inputsOf a row's features, as far as they are logged */
  add(
    side: Side,
    requestId: string,
    answer: Answer,
    inputsOf: (row: number) => readonly unknown[] | undefined,
  ): void {
    if (placeOf(requestId) >= this.#sampled) return;
    const request = this.#requests.get(requestId) ?? this.#open(requestId);
    if (request.isAmbiguous) return;
    const seen = request[side];
    if (seen !== undefined) {
      if (seen.print === answer.print) seen.repeats++;
      else this.#giveUp(requestId, request);
      return;
    }
    const { release, time, print } = answer;
    request[side] = { release, time, print, repeats: 0 };
    if (request.waiting === undefined) this.#hold(request, answer);
    else this.#meet(side, requestId, request, answer, inputsOf);
    while (this.#bytes > this.#options.mostBytes && this.#requests.size > 1) this.#sampleLess();
  }

  #open(requestId: string): Held {
    const request: Held = { isAmbiguous: false, bytes: 700 };
    this.#bytes += request.bytes;
    this.#requests.set(requestId, request);
    return request;
  }

  #hold(request: Held, answer: Answer): void {
    request.waiting = answer;
    const cells = answer.rows * (1 + (answer.probabilities[0]?.length ?? 0));
    this.#resize(request, request.bytes + 8 * cells);
  }

  #meet(
    side: Side,
    requestId: string,
    request: Held,
    answer: Answer,
    inputsOf: (row: number) => readonly unknown[] | undefined,
  ): void {
    const { waiting = answer } = request;
    const [primary, shadow] = side === "shadow" ? [waiting, answer] : [answer, waiting];
    const differences = rowDifferences(primary, shadow, this.#options.tolerance);
    request.pair = "incomparable";
    if (differences !== undefined) {
      const durationMs = { primary: primary.durationMs, shadow: shadow.durationMs };
      request.pair = new Pair(differences, durationMs);
      if (this.#options.isInside(primary.time)) {
        this.#worst(primary, shadow).add({ requestId, time: primary.time }, differences, inputsOf);
      }
    }
    this.#letGo(request);
  }

  #giveUp(requestId: string, request: Held): void {
    request.isAmbiguous = true;
    delete request.pair;
    for (const largest of this.#largest.values()) largest.forget(requestId);
    this.#letGo(request);
  }

  #worst({ release }: Answer, shadow: Answer): Largest {
    const name = `${release} ${shadow.release}`;
    const known = this.#largest.get(name) ?? new Largest(this.#options.largest);
    this.#largest.set(name, known);
    return known;
  }

  #letGo(request: Held): void {
    delete request.waiting;
    this.#resize(request, 700);
  }

  #resize(request: Held, bytes: number): void {
    this.#bytes += bytes - request.bytes;
    request.bytes = bytes;
  }

  #sampleLess(): void {
    this.#sampled /= 2;
    for (const [requestId, { bytes }] of this.#requests) {
      if (placeOf(requestId) < this.#sampled) continue;
      this.#requests.delete(requestId);
      this.#bytes -= bytes;
    }
  }
}

/** Where an id lies among all, 0 to 1, the same wherever it is asked. */
function placeOf(requestId: string): number {
  return Number.parseInt(hash("sha1", requestId).slice(0, 8), 16) / 2 ** 32;
}
