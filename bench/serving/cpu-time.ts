import { readdir, readFile } from "node:fs/promises";

/** A tick of the kernel's clocks, in seconds: 100 a second on every Linux that Node runs on. */
const tick = 0.01;

/** CPU seconds that a process and those of its group have used so far. */
export async function cpuSeconds(pid: number): Promise<number> {
  const own = await statOf(String(pid));
  if (own === undefined) throw new Error(`process ${pid} is gone`);
  let ticks = own.ticks;
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry) || entry === String(pid)) continue;
    const other = await statOf(entry);
    if (other?.group === pid) ticks += other.ticks;
  }
  return ticks * tick;
}

async function statOf(pid: string): Promise<{ group: number; ticks: number } | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, "utf8");
    // The second field is a name in brackets that may hold blanks.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const [group, user, system] = [fields[2], fields[11], fields[12]].map(Number);
    return { group: group ?? 0, ticks: (user ?? 0) + (system ?? 0) };
  } catch {
    return undefined;
  }
}
