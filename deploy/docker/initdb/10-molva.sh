#!/bin/sh
# Runs once, when the database server is made: a role and a database for each service, with the passwords that the services
# have in their secrets.
set -eu
passwords=$(mktemp -d)
trap 'rm -rf "$passwords"' EXIT
for secret in /run/secrets/database_*; do
    cp "$secret" "$passwords/${secret##*_}"
done
PGUSER=$POSTGRES_USER sh /provision/provision.sh "$passwords"
