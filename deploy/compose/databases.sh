#!/bin/bash
# For each service a database, an owner, who migrates it, and the role it runs as, which cannot change the schema or come
# into another database. PostgreSQL's image runs this when the cluster is new; to be run again after a change of passwords:
#   docker compose exec -u postgres postgres bash /docker-entrypoint-initdb.d/databases.sh
set -euo pipefail

run() { psql -qXv ON_ERROR_STOP=1 -h /var/run/postgresql -U postgres -d postgres "$@"; }

run <<'SQL'
SELECT format('CREATE ROLE %I NOLOGIN', name)
  FROM unnest(ARRAY['voronka_service', 'voronka_limited', 'bi_reader']) AS name
 WHERE to_regrole(name) IS NULL \gexec
GRANT voronka_limited TO voronka_service;
SQL

for service in leads deals automation analytics; do
  run -v database="voronka_$service" -v role="voronka_$service" -v owner="voronka_${service}_owner" <<SQL
\set role_password \`cat /run/secrets/$service\`
\set owner_password \`cat /run/secrets/${service}_owner\`
SELECT format('CREATE ROLE %I', name) FROM unnest(ARRAY[:'role', :'owner']) AS name WHERE to_regrole(name) IS NULL \gexec
ALTER ROLE :"role" LOGIN PASSWORD :'role_password';
ALTER ROLE :"owner" LOGIN PASSWORD :'owner_password';
GRANT voronka_service TO :"role";
SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'owner')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE :"database" TO :"role";
SQL
done

# The reader of Grafana's sales dashboards sees nothing until he is admitted: docs/install-with-compose.md.
run <<'SQL'
\set password `cat /run/secrets/grafana`
SELECT 'CREATE ROLE voronka_grafana' WHERE to_regrole('voronka_grafana') IS NULL \gexec
ALTER ROLE voronka_grafana LOGIN PASSWORD :'password';
GRANT CONNECT ON DATABASE voronka_analytics TO voronka_grafana;
SQL
