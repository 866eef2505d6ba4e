# needs /usr/sbin/slapd
# listens tcp 389, tcp 636
mkdir "$DIR/ldap"
cat > "$DIR/slapd.conf" <<END
include /etc/ldap/schema/core.schema
moduleload back_mdb
modulepath /usr/lib/ldap
pidfile $DIR/slapd.pid
TLSCertificateFile $DIR/good.pem
TLSCertificateKeyFile $DIR/good.key
database mdb
suffix dc=lab
directory $DIR/ldap
END
exec slapd -d none -f "$DIR/slapd.conf" -h 'ldap:/// ldaps:///'
