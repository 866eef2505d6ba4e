# needs /usr/lib/postgresql/15/bin/postgres
# listens tcp 5432
bin=/usr/lib/postgresql/15/bin
mkdir "$DIR/postgres"
cp "$DIR/good.pem" "$DIR/postgres.pem"
cp "$DIR/good.key" "$DIR/postgres.key"
chmod 600 "$DIR/postgres.key"
chown -R postgres "$DIR/postgres" "$DIR/postgres.pem" "$DIR/postgres.key"
as_postgres="setpriv --reuid=postgres --regid=postgres --clear-groups"
$as_postgres $bin/initdb -N -A trust -D "$DIR/postgres/data"
exec $as_postgres $bin/postgres -D "$DIR/postgres/data" -h '*' -k "$DIR/postgres" \
  -c ssl=on -c ssl_cert_file="$DIR/postgres.pem" -c ssl_key_file="$DIR/postgres.key" -c fsync=off
