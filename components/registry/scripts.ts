/**
 * Makes the database on the first start, then runs PostgreSQL. What was cut off is made again from the beginning: the
 * folder gets its name only when it is whole. The superuser has no password and is reachable by nobody but a process
 * in the pod; role `mlflow` owns the database.
 */
export const databaseStartScript = `set -eu
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  new="$PGDATA.new"
  rm -rf "$new"
  initdb --pgdata="$new" --username=postgres --encoding=UTF8 --locale=C.UTF-8 --auth-local=peer --auth-host=reject
  echo "host mlflow mlflow all scram-sha-256" >> "$new/pg_hba.conf"
  postgres --single -D "$new" postgres > /dev/null <<SQL
CREATE ROLE mlflow LOGIN PASSWORD '$MLFLOW_PASSWORD'
CREATE DATABASE mlflow OWNER mlflow
SQL
  mv "$new" "$PGDATA"
fi
# Each time the volume is mounted its files are opened to the pod's group; PostgreSQL refuses to start on such a folder.
chmod 0700 "$PGDATA"
exec postgres -D "$PGDATA" -k /tmp -c listen_addresses='*' -c shared_buffers=32MB -c max_connections=50
`;

/**
 * MLflow in one process: makes or migrates its tables, then serves. The server's own command would start a parent, a
 * worker for each core and a queue of jobs that nothing here uses, ten times the memory.
 */
export const registryStartScript = `import os
from urllib.parse import quote

env = os.environ
uri = "postgresql+psycopg2://mlflow:%s@%s/mlflow" % (quote(env["DATABASE_PASSWORD"]), env["DATABASE_HOST"])

from mlflow.store.db import utils

engine = utils.create_sqlalchemy_engine_with_retry(uri)
if utils._is_empty_database(engine):
    utils._initialize_tables(engine)
else:
    utils._upgrade_db(engine)
engine.dispose()

env["_MLFLOW_SERVER_FILE_STORE"] = uri
env["_MLFLOW_SERVER_REGISTRY_STORE"] = uri
env["_MLFLOW_SERVER_ARTIFACT_ROOT"] = "mlflow-artifacts:/"
env["_MLFLOW_SERVER_ARTIFACT_DESTINATION"] = "s3://%s/" % env["ARTIFACT_BUCKET"]
env["_MLFLOW_SERVER_SERVE_ARTIFACTS"] = "true"

import uvicorn

uvicorn.run("mlflow.server.fastapi_app:app", host="0.0.0.0", port=int(env["PORT"]), workers=1, access_log=False)
`;
