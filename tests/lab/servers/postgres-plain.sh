# needs /usr/lib/postgresql/15/bin/postgres
# listens tcp 5433
bin=/usr/lib/postgresql/15/bin
mkdir "$DIR/postgres-plain"
chown postgres "$DIR/postgres-plain"
as_postgres="setpriv --reuid=postgres --regid=postgres --clear-groups"
$as_postgres $bin/initdb -N -A trust -D "$DIR/postgres-plain/data"
exec $as_postgres $bin/postgres -D "$DIR/postgres-plain/data" -h '*' -p 5433 -k "$DIR/postgres-plain" -c fsync=off
