import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import type { BackupPoint, Content } from "../../contracts/backup.ts";
import { DamagedError } from "../../contracts/release.ts";
import { BadInputError } from "../workloads/errors.ts";
import type { BackupDestination } from "./destination.ts";

/** A dump may be larger than the memory of who copies it. */
export const partBytes = 32 * 2 ** 20;

/** Stores a dump in parts. @throws BadInputError where the file is empty, which no dump is */
export async function putDump(
  destination: BackupDestination,
  file: string,
  bytesPerPart = partBytes,
): Promise<Content & { parts: Content[] }> {
  const handle = await open(file);
  const hash = createHash("sha256");
  const parts: Content[] = [];
  try {
    for (let end = false; !end;) {
      const part = Buffer.alloc(bytesPerPart);
      let filled = 0;
      while (filled < part.length && !end) {
        const { bytesRead } = await handle.read(part, filled, part.length - filled);
        filled += bytesRead;
        end = bytesRead === 0;
      }
      if (filled === 0) continue;
      const bytes = part.subarray(0, filled);
      hash.update(bytes);
      parts.push(await destination.putContent(bytes));
    }
  } finally {
    await handle.close();
  }
  if (parts.length === 0) throw new BadInputError(`${file} is empty: it is no dump`);
  return {
    sha256: hash.digest("hex"),
    size: parts.reduce((total, { size }) => total + size, 0),
    parts,
  };
}

/** Lays a point's dump out as a file, checked by its digest. @throws DamagedError where it is not what the point names */
export async function fetchDump(
  destination: BackupDestination,
  { database }: Pick<BackupPoint, "database">,
  file: string,
): Promise<void> {
  const handle = await open(file, "w");
  const hash = createHash("sha256");
  try {
    for (const part of database.parts) {
      const bytes = await destination.content(part);
      hash.update(bytes);
      await handle.writeFile(bytes);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (hash.digest("hex") !== database.sha256) {
    throw new DamagedError("the dump of the database is damaged: its parts are not the whole");
  }
}
