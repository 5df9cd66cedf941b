#!/bin/sh
# Makes a role and a database for each service of Molva. None of the roles can connect to another's database.
#
#   PGHOST=db.example PGUSER=postgres deploy/postgres/provision.sh PASSWORD_DIR [SERVICE...]
#
# Who runs it may make roles and databases; psql takes host, port, user and password from its usual variables (PGHOST,
# PGPORT, PGUSER, PGPASSFILE). Role and database of a service are both called molva_SERVICE; its password is in the file
# PASSWORD_DIR/SERVICE, which is made with a random one when it is not there. Run again it changes nothing but what is missing,
# and sets the passwords to what the files say. Molva's settings for it:
#
#   --database=postgresql://molva_{service}@db.example:5432/molva_{service}
#   --database-password-file=PASSWORD_DIR/{service}
set -eu
umask 077

[ $# -ge 1 ] || {
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
    exit 2
}
folder=$1
shift
# services.py: names
services='auth group message notification'
# services.py: end
# Words: splitting is meant.
# shellcheck disable=SC2086
[ $# -gt 0 ] || set -- $services
mkdir -p "$folder"

for service in "$@"; do
    case $service in *[!a-z]* | '')
        echo "provision: not the name of a service: $service" >&2
        exit 2
        ;;
    esac
    file=$folder/$service
    [ -s "$file" ] || od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"$file"
    password=$(cat "$file")
    case $password in *[!A-Za-z0-9_-]* | '')
        echo "provision: $file: a password of letters, digits, - and _, please" >&2
        exit 1
        ;;
    esac
    # The password goes through a pipe: arguments are for everybody to see. The server shall not log it either.
    psql -X -q -v ON_ERROR_STOP=1 -v name="molva_$service" -d postgres <<END
SET client_min_messages = warning;
SELECT set_config('log_statement', 'none', false), set_config('log_min_error_statement', 'panic', false),
       set_config('log_min_duration_statement', '-1', false)
FROM pg_roles WHERE rolname = current_user AND rolsuper \g /dev/null
SELECT format('CREATE ROLE %I', :'name')
WHERE NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = :'name') \gexec
ALTER ROLE :"name" LOGIN NOCREATEDB NOCREATEROLE INHERIT PASSWORD '$password';
GRANT :"name" TO CURRENT_USER;
SELECT format('CREATE DATABASE %I OWNER %I TEMPLATE template0 ENCODING ''UTF8'' LC_COLLATE ''C'' LC_CTYPE ''C''', :'name', :'name')
WHERE NOT EXISTS (SELECT 1 FROM pg_database WHERE datname = :'name') \gexec
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
END
done
