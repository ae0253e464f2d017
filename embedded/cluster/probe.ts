import { get as httpGet } from "node:http";
import { get as httpsGet } from "node:https";
import { connect } from "node:net";
import type { Probe } from "./parts.ts";

const patienceMs = 3_000;

/** Whether a part answers well within 3 s. `authority` is the PEM that its certificate must come from. */
export function probe(target: Probe, authority: string): Promise<boolean> {
  return target.kind === "socket" ? accepts(target.path) : answers(target.url, authority);
}

function accepts(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const finish = (well: boolean): void => {
      socket.destroy();
      resolve(well);
    };
    socket.setTimeout(patienceMs, () => finish(false));
    socket.once("connect", () => finish(true));
    socket.once("error", () => finish(false));
  });
}

function answers(url: string, authority: string): Promise<boolean> {
  return new Promise((resolve) => {
    const secure = url.startsWith("https:");
    const options = { timeout: patienceMs, agent: false as const };
    const onAnswer = (answer: { statusCode?: number | undefined; resume(): unknown }): void => {
      answer.resume();
      resolve(answer.statusCode === 200);
    };
    const request = secure
      ? httpsGet(url, { ...options, ca: authority }, onAnswer)
      : httpGet(url, options, onAnswer);
    request.once("timeout", () => request.destroy());
    request.once("error", () => resolve(false));
    request.once("close", () => resolve(false));
  });
}
