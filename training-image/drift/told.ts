import type { AuditCounts } from "../../contracts/audit-record.ts";
import type { Window } from "./read-log.ts";

/** What servers say about a window. */
export class Told {
  readonly #window: Window;
  observed = 0;
  readonly lost: Record<string, number> = {};
  reports = 0;
  /** Lines that are no records of ours. */
  unreadable = 0;

  constructor(window: Window) {
    this.#window = window;
  }

  /** Of counts that only partly lie in the window all count: they are a few seconds long, or empty. */
  count({ from, to, observed, lost }: AuditCounts): void {
    if (Date.parse(to) < this.#window.from.getTime()) return;
    if (Date.parse(from) >= this.#window.to.getTime()) return;
    this.reports++;
    this.observed += observed;
    for (const [reason, records] of Object.entries(lost)) {
      this.lost[reason] = (this.lost[reason] ?? 0) + records;
    }
  }

  /** Records lost, for whatever reason. */
  get missing(): number {
    return Object.values(this.lost).reduce((sum, records) => sum + records, 0);
  }

  /** Why there is no record at all. */
  silence(): { verdict: "no-logs" | "logs-lost" | "no-traffic"; message: string } {
    const { reports, observed, missing } = this;
    if (reports === 0) {
      const message = "no server wrote to the audit log: is one running, and is `audit.log` on?";
      return { verdict: "no-logs", message };
    }
    if (observed > 0) {
      const message = `${observed} answers, and no record of them arrived (${missing} counted as lost)`;
      return { verdict: "logs-lost", message };
    }
    return { verdict: "no-traffic", message: "the servers had nothing to answer in the window" };
  }
}
