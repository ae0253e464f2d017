import type { Surroundings } from "../commands/surroundings.ts";
import { createLog } from "../run/log.ts";
import { credentials, type FakePlatform } from "./platform.ts";

export interface TestSurroundings extends Surroundings {
  /** What was printed, line by line. */
  printed: string[];
}

/** What a command line in front of a fake platform works in. */
export function testSurroundings(platform: FakePlatform, environment = {}): TestSurroundings {
  const printed: string[] = [];
  return {
    environment: {
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      ...environment,
    },
    log: createLog({ write: (line) => void platform.lines.push(line) }),
    logged: () => platform.lines.join(""),
    progress: { show: () => {}, clear: () => {} },
    signal: new AbortController().signal,
    print: (line) => void printed.push(line),
    printed,
  };
}
