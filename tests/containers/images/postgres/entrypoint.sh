#!/bin/bash
# What the upstream image does on an empty data folder: initdb, the init scripts against a server that only listens on its
# socket, then the server itself.
set -euo pipefail
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    initdb -D "$PGDATA" -U "$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" -A scram-sha-256 \
        --auth-local=trust -E UTF8 --no-locale
    echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
    pg_ctl -D "$PGDATA" -w -o "-c listen_addresses=''" start
    export PGUSER=$POSTGRES_USER PGDATABASE=postgres PGHOST=/var/run/postgresql
    # shellcheck source=/dev/null
    for script in /docker-entrypoint-initdb.d/*; do
        case $script in
        *.sh) if [ -x "$script" ]; then "$script"; else . "$script"; fi ;;
        *.sql) psql -v ON_ERROR_STOP=1 --no-psqlrc -f "$script" ;;
        esac
    done
    pg_ctl -D "$PGDATA" -w -m fast stop
fi
exec postgres -c listen_addresses='*'
