# at proxies
# needs /usr/sbin/danted, /usr/bin/openssl, proxy-names
# listens tcp 1080, tcp 1081
# 1080 serves anybody, 1081 wants a login; both refuse port 587 and the names below denied.example.
# The login is an account, so there is one in this namespace's own list of accounts.
cp /etc/passwd "$DIR/dante.passwd"
cp /etc/shadow "$DIR/dante.shadow"
chmod 600 "$DIR/dante.shadow"
echo 'lab:x:64999:65534::/nonexistent:/bin/false' >> "$DIR/dante.passwd"
echo "lab:$(openssl passwd -6 canary-5ecret):20000:0:99999:7:::" >> "$DIR/dante.shadow"
mount --bind "$DIR/dante.passwd" /etc/passwd
mount --bind "$DIR/dante.shadow" /etc/shadow
for port in 1080 1081; do
  case $port in 1080) method=none ;; *) method=username ;; esac
  cat > "$DIR/dante-$port.conf" <<END
logoutput: stderr
errorlog: stderr
internal: 10.77.8.2 port = $port
external: eth0
clientmethod: none
socksmethod: $method
user.privileged: root
user.unprivileged: nobody
timeout.connect: 2
client pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }
socks block { from: 0.0.0.0/0 to: 0.0.0.0/0 port = 587 }
socks block { from: 0.0.0.0/0 to: .denied.example }
socks pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }
END
done
danted -N 1 -p "$DIR/dante-1081.pid" -f "$DIR/dante-1081.conf" &
exec danted -N 1 -p "$DIR/dante-1080.pid" -f "$DIR/dante-1080.conf"
