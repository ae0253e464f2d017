import { sha256Hex } from "../../contracts/canonical.ts";
import { sequenceOf, type LedgerEntry as Entry } from "../../contracts/ledger.ts";
import { verifyLedger, type SeenEnd, type Verdict } from "../../contracts/ledger-verify.ts";
import { readStack } from "../promotion/stacks.ts";
import { servedAt } from "./history.ts";
import type { Moment } from "./moment.ts";
import { fetchLedger } from "./open-ledger.ts";
import { renderChanges, renderServed } from "./print.ts";

/** npm runs its scripts in the project's folder. */
const root = process.cwd();

export interface HistoryOptions {
  env: string;
  at?: Moment;
  publicKey?: string;
  json?: boolean;
}

/** `history`: what served a model at one time, or every change there was. */
export async function historyCommand(model: string, options: HistoryOptions): Promise<void> {
  const { env, at, publicKey, json = false } = options;
  const ledger = await fetchLedger(readStack(env, root), { publicKey, askRecorder: false });
  const { entries, findings } = verifyLedger(ledger.stored, {
    environment: env,
    publicKey: ledger.publicKey,
  });
  warn(findings, env);
  const own = entries.filter((entry) => entry.model === model);
  if (own.length === 0) {
    const known = [...new Set(entries.map((entry) => entry.model))].join(", ") || "none";
    throw new Error(`the ledger of ${env} knows no model "${model}"; it knows ${known}`);
  }
  if (at === undefined) {
    console.log(json ? asJson(own) : renderChanges(own));
    return;
  }
  const then = servedAt(own, model, at.from);
  const during = own.filter((entry) => isWithin(entry, at));
  if (json) {
    console.log(asJson({ at: at.from, ...then, changes: during }));
    return;
  }
  console.log(`${model} in ${env} at ${at.from.toISOString()}\n${renderServed(then)}`);
  if (at.until !== undefined) {
    const text = during.length === 0 ? "nothing changed on that day" : renderChanges(during);
    console.log(`\n${text}`);
  }
}

export interface VerifyCommandOptions {
  env: string;
  publicKey?: string;
  seen?: SeenEnd;
}

/** `ledger verify`: ends with code 1 where anything is wrong. */
export async function verifyCommand({ env, publicKey, seen }: VerifyCommandOptions): Promise<void> {
  const ledger = await fetchLedger(readStack(env, root), { publicKey, askRecorder: true });
  const { recorder, unasked, stored } = ledger;
  const { entries, findings } = verifyLedger(stored, {
    environment: env,
    publicKey: ledger.publicKey,
    seen: [...(recorder === undefined ? [] : [recorder]), ...(seen === undefined ? [] : [seen])],
  });
  if (unasked !== undefined) console.error(`the recorder was not asked: ${unasked}`);
  for (const { text } of findings) console.error(text);
  if (findings.length > 0) {
    console.error(`\nthe ledger of ${env} is not as it was written`);
    process.exitCode = 1;
    return;
  }
  const told = recorder === undefined ? "" : ", and ends where the recorder says";
  console.log(
    `the ledger of ${env} is sound: ${entries.length} entries, signed and chained${told}`,
  );
  const last = stored.entries.at(-1);
  if (last !== undefined) {
    const end = `${sequenceOf(last.key)}:${sha256Hex(last.text)}`;
    console.log(`keep this, and ask for it the next time: --seen ${end}`);
  }
}

function isWithin({ at }: Entry, { from, until }: Moment): boolean {
  const time = Date.parse(at);
  return until !== undefined && time >= from.getTime() && time <= until.getTime();
}

function warn(findings: Verdict["findings"], environment: string): void {
  if (findings.length === 0) return;
  const { text } = findings[0] as Verdict["findings"][number];
  console.error(
    `the ledger of ${environment} is not as it was written: ${text}` +
      `${findings.length > 1 ? `, and ${findings.length - 1} more` : ""}; ` +
      `see \`npm run ledger -- verify --env ${environment}\``,
  );
}

function asJson(value: unknown): string {
  return JSON.stringify(value, null, 2);
}
