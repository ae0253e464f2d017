import { type DestinationStream, type Logger, pino, stdTimeFunctions } from "pino";

/** JSON lines with the level by name and the time in UTC. Written at once, so that nothing is lost at an exit. */
export function createLog(
  destination: DestinationStream = pino.destination({ sync: true }),
): Logger {
  return pino(
    {
      base: undefined,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
}
