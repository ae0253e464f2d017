// Which package-lock.json the installed dependencies were made from. Nothing but Node's own modules is used here: the
// bootstrap asks before any dependency is there.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A stamp in node_modules names the lock file by its hash; npm removes it with everything else that is not in the lock. */
export function lockStamp(root) {
  const file = join(root, "node_modules", ".isotherm-lock-sha256");
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  return {
    isCurrent: () => existsSync(file) && readFileSync(file, "utf8") === lock,
    remove: () => rmSync(file, { force: true }),
    write: () => writeFileSync(file, lock),
  };
}
