import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { freePort } from "./free-port.ts";
import { versions } from "../embedded/versions.ts";

/** Where Debian's packages put PostgreSQL's programs. */
const bin = process.env["ISOTHERM_TEST_POSTGRES"] ?? `/usr/lib/postgresql/${versions.postgres}/bin`;

/** PostgreSQL refuses to run as root, and tests often do. */
const isRoot = process.getuid?.() === 0;
const nobody = 65_534;
const account = isRoot ? { uid: nobody, gid: nobody } : {};

/** Runs a shell script with PostgreSQL's programs, as the image's user would. @throws Error with what it said */
export async function runScript(
  script: string,
  environment: Readonly<Record<string, string>>,
): Promise<string> {
  const { all } = await execa("/bin/sh", ["-c", script], {
    ...account,
    all: true,
    cwd: "/",
    extendEnv: false,
    env: { PATH: `${bin}:/usr/bin:/bin`, ...environment },
  });
  return all;
}

/** A folder that PostgreSQL's programs may write to. */
export function sharedFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "isotherm-postgres-"));
  chmodSync(folder, 0o777);
  return folder;
}

/** A database server of a test. */
export interface TestDatabase {
  /** Address and port. */
  host: string;
  /** Variables of libpq for its role `mlflow`. */
  environment: Record<string, string>;
  query(sql: string): Promise<string>;
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL on a socket in a folder of its own and a port of the loopback, with role and database `mlflow` as the platform makes them.
 * @throws Error where its programs are not on this machine
 */
export async function startDatabase(): Promise<TestDatabase> {
  const folder = sharedFolder();
  const cluster = join(folder, "cluster");
  await execa(join(bin, "pg_ctl"), ["--version"]).catch(() => {
    throw new Error(
      `PostgreSQL ${versions.postgres} is not in ${bin}: apt-get install postgresql-${versions.postgres}, ` +
        "or name its folder in ISOTHERM_TEST_POSTGRES",
    );
  });
  const port = await freePort();
  const place = { PGHOST: folder, PGPORT: String(port) };
  const superuser = { ...place, PGUSER: "postgres", PGDATABASE: "postgres" };
  const options = `-k ${folder} -p ${port} -c listen_addresses=127.0.0.1 -c fsync=off -c shared_buffers=32MB`;
  await runScript(
    `set -eu
initdb --pgdata=${cluster} --username=postgres --encoding=UTF8 --locale=C.UTF-8 --auth=trust > /dev/null
pg_ctl --pgdata=${cluster} --silent --wait --log=${folder}/log --options="${options}" start
psql --quiet --command="CREATE ROLE mlflow LOGIN"
psql --quiet --command="CREATE DATABASE mlflow OWNER mlflow"`,
    superuser,
  );
  const environment = { ...place, PGUSER: "mlflow", PGDATABASE: "mlflow" };
  return {
    host: `127.0.0.1:${port}`,
    environment,
    query: (sql) =>
      runScript(
        `psql --no-psqlrc --tuples-only --no-align --set=ON_ERROR_STOP=1 <<'SQL'\n${sql}\nSQL`,
        environment,
      ),
    stop: async () => {
      await runScript(`pg_ctl --pgdata=${cluster} --silent --mode=immediate stop`, superuser);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
