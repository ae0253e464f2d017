import { execFileSync } from "node:child_process";
import { userInfo } from "node:os";
import { projectRoot } from "../../embedded/paths.ts";

/** Who runs a deployment, as the ledger names them: CI's user, else git's e-mail address, else the machine's user. */
export function deployerName(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const names = [
    () => environment["GITHUB_ACTOR"],
    () => environment["GITLAB_USER_LOGIN"],
    gitUser,
    () => userInfo().username,
  ];
  for (const ask of names) {
    try {
      const name = ask()?.trim();
      if (name !== undefined && name !== "") return name;
    } catch {
      // A machine without git, or a container's user without a name.
    }
  }
  return "unknown";
}

function gitUser(): string {
  return execFileSync("git", ["config", "user.email"], {
    cwd: projectRoot,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
}
