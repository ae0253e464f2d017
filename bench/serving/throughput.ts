import type { Contestant } from "./contestant.ts";
import { type BenchOptions, middle, perSecond, rounds } from "./rounds.ts";

export interface Throughput {
  name: string;
  version: string;
  /** Requests a second. */
  requests: number;
  /** CPU milliseconds of the server a request: what hardly depends on how busy the machine is otherwise. */
  cpu: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
  /** Share of a core that the generator used. */
  busy: number;
}

/** The most that each answers with 32 connections in a closed loop. */
export async function throughput(
  contestants: readonly Contestant[],
  options: BenchOptions,
  rows = 1,
): Promise<Throughput[]> {
  const results = await rounds(contestants, options, () => ({ rows, connections: 32 }));
  return contestants.map(({ name, version }) => {
    const blocks = results.get(name);
    return {
      ...{
        name,
        version,
        requests: middle(blocks, perSecond),
        cpu: middle(blocks, ({ cpu }) => cpu),
      },
      ...{ p50: middle(blocks, ({ p50 }) => p50), p99: middle(blocks, ({ p99 }) => p99) },
      busy: middle(blocks, ({ busy }) => busy),
    };
  });
}

export interface Latency {
  name: string;
  /** Requests a second that were sent. */
  rate: number;
  /** Milliseconds from when a request was due. */
  p50: number;
  p99: number;
  p999: number;
}

/** Latencies at a rate that is given, in an open loop. */
export async function latency(
  contestants: readonly Contestant[],
  options: BenchOptions,
  rate: number,
): Promise<Latency[]> {
  const results = await rounds(contestants, options, () => ({ rows: 1, connections: 128, rate }));
  return contestants.map(({ name }) => {
    const blocks = results.get(name);
    return {
      ...{ name, rate, p50: middle(blocks, ({ p50 }) => p50) },
      ...{ p99: middle(blocks, ({ p99 }) => p99), p999: middle(blocks, ({ p999 }) => p999) },
    };
  });
}
