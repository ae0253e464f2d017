import { readFile } from "node:fs/promises";

/** Anonymous memory of a process in bytes: its own, without the files that it has mapped. */
export async function anonymousMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const kibibytes = /^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kibibytes === undefined) throw new Error(`process ${pid} tells no RssAnon`);
  return Number(kibibytes) * 1024;
}
