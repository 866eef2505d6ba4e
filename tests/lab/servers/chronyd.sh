# needs /usr/sbin/chronyd
# listens udp 123
cat > "$DIR/chrony.conf" <<END
local stratum 3
allow
cmdport 0
pidfile $DIR/chrony.pid
bindcmdaddress /
END
exec chronyd -d -x -u root -f "$DIR/chrony.conf"
