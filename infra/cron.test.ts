import { expect, test } from "vitest";
import { scheduleProblem, timeZoneProblem } from "./cron.ts";

test.each([
  "0 2 * * *",
  "*/10 * * * *",
  "0 2 * * MON-FRI",
  "5,35 0-6/2 1 jan,JUL 0",
  "0 0 31 12 6",
])("K-03 %s is a schedule", (schedule) => {
  expect(scheduleProblem(schedule)).toBeUndefined();
});

test.each([
  ["@daily", "five fields"],
  ["0 0 2 * * *", "five fields"],
  ["60 2 * * *", 'minute "60"'],
  ["0 24 * * *", 'hour "24"'],
  ["0 2 0 * *", 'day of the month "0"'],
  ["0 2 * * 7", 'day of the week "7"'],
  ["0 2 * * FRI-MON", 'day of the week "FRI-MON"'],
  ["*/0 2 * * *", 'minute "*/0"'],
  ["0 2 L * *", 'day of the month "L"'],
  ["0 2,, * * *", 'hour "2,,"'],
  ["0 1-2-3 * * *", 'hour "1-2-3"'],
])("%s is none, and the field is named", (schedule, reason) => {
  expect(scheduleProblem(schedule)).toContain(reason);
});

test.each(["Europe/Helsinki", "Etc/UTC", "UTC", "America/Argentina/Ushuaia"])(
  "%s is a time zone",
  (zone) => {
    expect(timeZoneProblem(zone)).toBeUndefined();
  },
);

test.each([
  ["Europe/Helsingfors", "no IANA time zone"],
  ["+02:00", "no IANA time zone"],
  ["", "no IANA time zone"],
  ["europe/helsinki", "is written Europe/Helsinki"],
])('"%s" is none', (zone, reason) => {
  expect(timeZoneProblem(zone)).toContain(reason);
});
