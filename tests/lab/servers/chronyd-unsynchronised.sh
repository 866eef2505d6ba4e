# needs /usr/sbin/chronyd
# listens udp 124
# Serves time without having any: no source and no local clock.
cat > "$DIR/chrony-unsynchronised.conf" <<END
allow
port 124
cmdport 0
pidfile $DIR/chrony-unsynchronised.pid
bindcmdaddress /
END
exec chronyd -d -x -u root -f "$DIR/chrony-unsynchronised.conf"
