import { backupFiles } from "../../contracts/backup.ts";

/**
 * What PostgreSQL's own tools do in the Jobs of a backup, as shell scripts. They find the database by the variables of
 * libpq (PGHOST, PGUSER, PGDATABASE, PGPASSWORD) and their files in the folder of DUMP.
 */

/** One dump, which is one snapshot. Written whole or the step fails, and the pod with it. */
export const dumpScript = `set -eu
umask 022
date -u +%Y-%m-%dT%H:%M:%SZ > "$DUMP/${backupFiles.at}"
pg_dump --version > "$DUMP/${backupFiles.program}"
pg_dump --format=custom --no-owner --no-privileges --lock-wait-timeout=300000 --file="$DUMP/${backupFiles.database}"
`;

/**
 * Restores the dump into a database that is made for it and that nobody else reaches, and asks MLflow's tables: one line
 * about all of them, one about each model version.
 */
export const verifyScript = `set -eu
umask 022
cluster="$SCRATCH/cluster"
initdb --pgdata="$cluster" --username=postgres --encoding=UTF8 --locale=C.UTF-8 --auth-local=trust --auth-host=reject > "$SCRATCH/initdb.log"
export PGHOST="$SCRATCH" PGUSER=postgres
pg_ctl --pgdata="$cluster" --silent --wait --log="$SCRATCH/server.log" --options="-k $SCRATCH -c listen_addresses='' -c fsync=off -c shared_buffers=32MB" start
trap 'pg_ctl --pgdata="$cluster" --silent --mode=immediate stop' EXIT
PGDATABASE=postgres psql --no-psqlrc --quiet --command='CREATE DATABASE restored'
export PGDATABASE=restored
pg_restore --no-owner --no-privileges --exit-on-error --dbname=restored "$DUMP/${backupFiles.database}"
psql --no-psqlrc --tuples-only --no-align --set=ON_ERROR_STOP=1 --output="$DUMP/${backupFiles.answers}" <<'SQL'
SELECT json_build_object(
  'schemaVersion', (SELECT version_num FROM alembic_version),
  'experiments', (SELECT count(*) FROM experiments),
  'runs', (SELECT count(*) FROM runs),
  'models', (SELECT count(*) FROM registered_models));
SELECT json_build_object(
  'model', v.name, 'version', v.version, 'source', v.source,
  'release', (SELECT t.value FROM model_version_tags t
              WHERE t.name = v.name AND t.version = v.version AND t.key = 'isotherm.release'))
FROM model_versions v
WHERE v.current_stage IS DISTINCT FROM 'Deleted_Internal'
ORDER BY v.name, v.version;
SQL
`;

/**
 * Refuses, in the transaction that it stands in, a registry that somebody has used; waits for nobody longer than a minute.
 * Its quotes have a name because Kubernetes makes one `$` of two.
 */
const requireEmpty = `SET lock_timeout = '60s';
DO $check$
DECLARE held bigint;
BEGIN
  IF to_regclass('runs') IS NULL THEN RETURN; END IF;
  LOCK TABLE experiments, runs, registered_models IN ACCESS EXCLUSIVE MODE;
  SELECT (SELECT count(*) FROM runs) + (SELECT count(*) FROM registered_models)
       + (SELECT count(*) FROM experiments WHERE experiment_id <> 0) INTO held;
  IF held > 0 THEN
    RAISE EXCEPTION 'the registry is not empty: its database holds % runs, models and experiments', held
      USING HINT = 'restore into a new environment, or take the volumes of this one away first';
  END IF;
END $check$;
`;

const psql =
  "psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --single-transaction --output=/dev/null";

/** Ends with an error where the database is in use, before anything is copied. */
export const requireEmptyScript = `set -eu
${psql} <<'SQL'
${requireEmpty}SQL
`;

/**
 * Puts the dump in the place of a registry that nobody has used: all of it or nothing, since one transaction asks whether
 * it is empty, drops the tables that MLflow made at its start, and restores.
 */
export const restoreScript = `set -eu
umask 022
cat > "$DUMP/empty.sql" <<'SQL'
${requireEmpty}DROP OWNED BY CURRENT_USER;
SQL
# As a whole first: what is cut off in the middle must not be committed.
pg_restore --no-owner --no-privileges --file="$DUMP/restore.sql" "$DUMP/${backupFiles.database}"
${psql} --file="$DUMP/empty.sql" --file="$DUMP/restore.sql"
`;
