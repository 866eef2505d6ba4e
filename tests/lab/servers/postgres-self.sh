# needs /usr/lib/postgresql/15/bin/postgres
# listens tcp 5434
bin=/usr/lib/postgresql/15/bin
mkdir "$DIR/postgres-self"
cp "$DIR/self-signed.pem" "$DIR/postgres-self.pem"
cp "$DIR/self-signed.key" "$DIR/postgres-self.key"
chmod 600 "$DIR/postgres-self.key"
chown -R postgres "$DIR/postgres-self" "$DIR/postgres-self.pem" "$DIR/postgres-self.key"
as_postgres="setpriv --reuid=postgres --regid=postgres --clear-groups"
$as_postgres $bin/initdb -N -A trust -D "$DIR/postgres-self/data"
exec $as_postgres $bin/postgres -D "$DIR/postgres-self/data" -h '*' -p 5434 -k "$DIR/postgres-self" \
  -c ssl=on -c ssl_cert_file="$DIR/postgres-self.pem" -c ssl_key_file="$DIR/postgres-self.key" -c fsync=off
