# needs /usr/sbin/slapd
# listens tcp 390
# No certificate, so no StartTLS.
mkdir "$DIR/ldap-plain"
cat > "$DIR/slapd-plain.conf" <<END
include /etc/ldap/schema/core.schema
moduleload back_mdb
modulepath /usr/lib/ldap
pidfile $DIR/slapd-plain.pid
database mdb
suffix dc=lab
directory $DIR/ldap-plain
END
exec slapd -d none -f "$DIR/slapd-plain.conf" -h 'ldap://:390/'
