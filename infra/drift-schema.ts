import { z } from "zod";
import { defaultResources } from "../components/foundation/requests.ts";
import { Duration, Resources } from "./schema-parts.ts";
import { when } from "./training-schema.ts";

const longest = 30 * 86_400;

/** When a model's logged answers are looked at, and by what they are judged. */
export const Drift = z.strictObject({
  schedule: when.schedule.unwrap().default("*/30 * * * *").meta({
    shown: "five fields of cron",
    description:
      "When logged answers are held against what the releases were trained on, and a shadow's against those that clients got",
  }),
  timeZone: when.timeZone.unwrap().default("Etc/UTC").meta({
    shown: "IANA time zone",
    description: "The zone that the schedule is in",
  }),
  window: Duration.refine((seconds) => seconds <= longest, "must be 30d at most")
    .default(86_400)
    .meta({ shown: "duration, 30d at most", unset: "`24h`", description: "How far back it looks" }),
  minimum: z.int().min(1).max(1_000_000).default(200).meta({
    description:
      "Rows, or of a shadow pairs of answers, under which it says that there is not enough data",
  }),
  threshold: z.number().positive().max(10).default(0.1).meta({
    shown: "number over 0",
    description: "Population stability index from which a feature counts as drifted",
  }),
  tolerance: z.number().positive().max(2).default(0.01).meta({
    shown: "number over 0, 2 at most",
    description: "Relative difference over which a shadow's number disagrees; regression",
  }),
  pushgateway: z
    .url({ protocol: /^https?$/, error: "must be a URL, such as http://pushgateway:9091" })
    .refine((url) => !URL.canParse(url) || new URL(url).username === "", {
      message: "must carry no user and no password: a gateway that asks for them is not supported",
    })
    .optional()
    .meta({ shown: "URL", unset: "none", description: "Where metrics of each run are pushed" }),
  resources: Resources(defaultResources.drift),
});
