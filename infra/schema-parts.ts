import { z } from "zod";

/** A Kubernetes quantity, the subset that people write: `500m`, `2`, `256Mi`, `5Gi`. */
export const Quantity = z
  .union([z.string(), z.number()])
  .transform(String)
  .pipe(
    z
      .string()
      .regex(
        /^[0-9]+(\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/,
        "must be a quantity such as 250m, 2 or 512Mi",
      ),
  )
  .meta({ shown: "quantity" });

export const Image = z
  .string()
  .regex(
    /^[^\s@]+(:(?!latest$)[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}|@sha256:[0-9a-f]{64})$/,
    "must end in a tag that is not latest, or in a digest",
  );

const secondsOf = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;

/** A whole number of seconds, minutes, hours or days, such as `3600s` or `7d`; read as seconds. */
export const Duration = z
  .string()
  .regex(/^[1-9][0-9]{0,8}[smhd]$/, "must be a duration such as 3600s, 90m, 12h or 7d")
  .transform((text) => Number(text.slice(0, -1)) * secondsOf[text.at(-1) as keyof typeof secondsOf])
  .meta({ shown: "duration" });

/** What a container requests and may use, where a server's or a tool's amounts have defaults of their own. */
export const Resources = ({ cpu, memory }: { cpu: string; memory: string }) =>
  z
    .strictObject({
      cpu: Quantity.default(cpu).meta({ description: "CPU it requests" }),
      memory: Quantity.default(memory).meta({
        description: "Memory it requests, and may use at most",
      }),
    })
    .prefault({});

/** What makes a value the second of two shapes: a key that only that one has, or one of several. */
interface Choice {
  key: string | readonly string[];
  /** Keys of the first shape that make no sense beside it, each with the reason. */
  excludes?: Readonly<Record<string, string>>;
}

/**
 * One of two shapes, chosen by a key, so that a mistake is one of the shape that was meant and keeps its path.
 * A plain union would only say that neither fits.
 */
export function oneOf<First extends z.ZodType, Second extends z.ZodType>(
  { key, excludes = {} }: Choice,
  first: First,
  second: Second,
) {
  return z
    .unknown()
    .transform((value, context): z.infer<First> | z.infer<Second> => {
      const given = typeof value === "object" && value !== null ? Object.keys(value) : [];
      const isSecond = [key].flat().some((one) => given.includes(one));
      const excluded = isSecond ? given.filter((one) => Object.hasOwn(excludes, one)) : [];
      for (const one of excluded) {
        context.addIssue({ code: "custom", path: [one], message: excludes[one] });
      }
      const rest =
        excluded.length === 0
          ? value
          : Object.fromEntries(
              Object.entries(value as object).filter(([name]) => !excluded.includes(name)),
            );
      const result = (isSecond ? second : first).safeParse(rest);
      for (const issue of result.error?.issues ?? []) context.addIssue(issue as never);
      return result.success && excluded.length === 0 ? result.data : z.NEVER;
    })
    .meta({ forms: [first, second] });
}

/** Settings, or `off`, which some readers of YAML take for `false`. */
export function offOr<Settings extends z.ZodType>(off: string, settings: Settings) {
  const word = z.literal("off").meta({ unset: "not off", description: off });
  return z
    .unknown()
    .transform((value, context): "off" | z.infer<Settings> => {
      if (value === "off" || value === false) return "off";
      const result = settings.safeParse(value);
      for (const issue of result.error?.issues ?? []) context.addIssue(issue as never);
      return result.success ? result.data : z.NEVER;
    })
    .meta({ forms: [word, settings] });
}

/** A release, by the first 12 digits of its digest or by all. */
export const Digest = z
  .string()
  .regex(
    /^([0-9a-f]{12}|[0-9a-f]{64})$/,
    "must be 12 or 64 lower-case hexadecimal digits, in quotes",
  );
