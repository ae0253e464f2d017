/** Ranges and names of the five fields of a cron schedule, as Kubernetes reads them: Sunday is 0, never 7. */
const fields = [
  { name: "minute", low: 0, high: 59, names: [] },
  { name: "hour", low: 0, high: 23, names: [] },
  { name: "day of the month", low: 1, high: 31, names: [] },
  {
    name: "month",
    low: 1,
    high: 12,
    names: "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" "),
  },
  { name: "day of the week", low: 0, high: 6, names: "SUN MON TUE WED THU FRI SAT".split(" ") },
] as const;
type Field = (typeof fields)[number];

/** What is wrong with a schedule such as `0 2 * * *`; `undefined` where Kubernetes would take it. */
export function scheduleProblem(schedule: string): string | undefined {
  const parts = schedule.trim().split(/\s+/);
  if (parts.length !== fields.length) {
    return `must be five fields (${fields.map(({ name }) => name).join(", ")}), such as "0 2 * * *"`;
  }
  const wrong = fields.find((field, index) => !isField(parts[index] ?? "", field));
  if (wrong === undefined) return undefined;
  const { name, low, high } = wrong;
  return `${name} "${parts[fields.indexOf(wrong)]}" is none: it is *, or numbers from ${low} to ${high}, as 1, 1-5, */10 or 1,3`;
}

/** What is wrong with the name of a time zone; `undefined` where it is one. */
export function timeZoneProblem(zone: string): string | undefined {
  const known = canonical(zone);
  if (known === undefined || !/^[A-Za-z]/.test(zone)) {
    return `"${zone}" is no IANA time zone; write it as Europe/Helsinki or Etc/UTC`;
  }
  // Kubernetes looks for a file of that name, where letters' case counts; here it does not.
  const sameButCase = known !== zone && known.toLowerCase() === zone.toLowerCase();
  return sameButCase ? `"${zone}" is written ${known}` : undefined;
}

function isField(text: string, field: Field): boolean {
  return text.split(",").every((item) => {
    const [range = "", step, ...rest] = item.split("/");
    if (rest.length > 0 || (step !== undefined && !/^[1-9][0-9]*$/.test(step))) return false;
    if (range === "*") return true;
    const ends = range.split("-").map((end) => valueOf(end, field));
    const [low, high = low] = ends;
    return ends.length <= 2 && low !== undefined && high !== undefined && low <= high;
  });
}

function valueOf(text: string, { low, high, names }: Field): number | undefined {
  const named = (names as readonly string[]).indexOf(text.toUpperCase());
  if (named >= 0) return low + named;
  const value = /^[0-9]+$/.test(text) ? Number(text) : NaN;
  return value >= low && value <= high ? value : undefined;
}

function canonical(zone: string): string | undefined {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}
