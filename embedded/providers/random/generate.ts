import { randomBytes } from "node:crypto";
import { adjectives, adverbs, animals } from "./words.ts";

/** Yields `count` random bytes; only tests give another than the operating system's. */
export type ByteSource = (count: number) => Uint8Array;

/**
 * A whole number from 0 up to and without `bound`, each as likely as the others: draws outside the largest multiple of
 * the bound are thrown away, never folded back.
 */
export function below(bound: number, source: ByteSource = randomBytes): number {
  if (!Number.isSafeInteger(bound) || bound < 1) {
    throw new Error(`cannot draw from ${bound} values; want a whole number from 1`);
  }
  const bytes = Math.max(1, Math.ceil(Math.log2(bound) / 8));
  const span = 256n ** BigInt(bytes);
  const limit = span - (span % BigInt(bound));
  for (;;) {
    const drawn = source(bytes).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
    if (drawn < limit) return Number(drawn % BigInt(bound));
  }
}

/** What characters a string is made of, and how many of each class it holds at least. */
export interface Alphabet {
  readonly length: number;
  readonly lower: boolean;
  readonly upper: boolean;
  readonly numeric: boolean;
  readonly special: boolean;
  readonly minLower: number;
  readonly minUpper: number;
  readonly minNumeric: number;
  readonly minSpecial: number;
  readonly overrideSpecial: string;
}

const lowerCase = "abcdefghijklmnopqrstuvwxyz";
const digits = "0123456789";
const defaultSpecial = "!@#$%&*()-_=+[]{}<>:?";

function classes(alphabet: Alphabet): { name: string; characters: string; minimum: number }[] {
  return [
    { name: "lower", characters: alphabet.lower ? lowerCase : "", minimum: alphabet.minLower },
    {
      name: "upper",
      characters: alphabet.upper ? lowerCase.toUpperCase() : "",
      minimum: alphabet.minUpper,
    },
    { name: "numeric", characters: alphabet.numeric ? digits : "", minimum: alphabet.minNumeric },
    {
      name: "special",
      characters: alphabet.special ? alphabet.overrideSpecial || defaultSpecial : "",
      minimum: alphabet.minSpecial,
    },
  ];
}

/** What is wrong with an alphabet, each with the property it is about. */
export function alphabetProblems(alphabet: Alphabet): { property: string; reason: string }[] {
  const problems: { property: string; reason: string }[] = [];
  const all = classes(alphabet);
  const minimum = all.reduce((sum, entry) => sum + entry.minimum, 0);
  if (!Number.isInteger(alphabet.length) || alphabet.length < 1) {
    problems.push({
      property: "length",
      reason: `length is ${alphabet.length}, must be at least 1`,
    });
  } else if (minimum > alphabet.length) {
    problems.push({
      property: "length",
      reason: `length is ${alphabet.length}, but the minimums ask for ${minimum} characters`,
    });
  }
  if (all.every((entry) => entry.characters === "")) {
    problems.push({
      property: "special",
      reason:
        "every class of characters is turned off: allow at least one of lower, upper, numeric, special",
    });
  }
  for (const { name, characters, minimum: least } of all) {
    if (least > 0 && characters === "") {
      const property = `min${name.charAt(0).toUpperCase()}${name.slice(1)}`;
      problems.push({ property, reason: `${property} is ${least}, but ${name} is turned off` });
    }
  }
  return problems;
}

/** A random string: the minimum of each class, the rest from all of them, in random order. */
export function randomString(alphabet: Alphabet, source: ByteSource = randomBytes): string {
  const all = classes(alphabet);
  const pick = (characters: string): string => characters.charAt(below(characters.length, source));
  const picked = all.flatMap(({ characters, minimum }) =>
    Array.from({ length: minimum }, () => pick(characters)),
  );
  const every = all.map((entry) => entry.characters).join("");
  while (picked.length < alphabet.length) picked.push(pick(every));
  return shuffle(picked, source).join("");
}

/** Fisher and Yates: every order is as likely as the others. */
function shuffle<T>(items: readonly T[], source: ByteSource): T[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const other = below(last + 1, source);
    [result[last], result[other]] = [result[other] as T, result[last] as T];
  }
  return result;
}

/** A name people can say: adverbs, an adjective, an animal. */
export function petName(
  length: number,
  separator: string,
  source: ByteSource = randomBytes,
): string {
  const pick = (words: readonly string[]): string => words[below(words.length, source)] ?? "";
  const words = [pick(animals)];
  if (length > 1) words.unshift(pick(adjectives));
  while (words.length < length) words.unshift(pick(adverbs));
  return words.join(separator);
}
