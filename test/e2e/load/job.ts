/** What a generator of steady load is to do until its standard input ends. */
export interface LoadJob {
  url: string;
  headers: Record<string, string>;
  body: string;
  /** Requests a second, whether or not earlier ones are answered; fewer where the machine stalls. */
  rate: number;
}

/** What became of one request. Times are milliseconds of the machine's clock. */
export interface Answer {
  sentAt: number;
  endedAt: number;
  /** 0 where there was no whole answer. */
  status: number;
  /** Who answered, by the answer's headers; empty where nobody did. */
  slot: string;
  release: string;
  /** Why there was no whole answer, or the body of one that is not 200. */
  error?: string;
}
