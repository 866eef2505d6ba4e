# at proxies
# needs /usr/bin/tinyproxy, proxy-names
# listens tcp 8888, tcp 8889, tcp 8890, tcp 8891
# 8888 is open, 8889 filters names, 8890 wants a login, 8891 connects to port 443 only.
settings() {
  cat > "$DIR/tinyproxy-$1.conf" <<END
Port $1
User nobody
Timeout 10
MaxClients 50
LogLevel Error
END
  cat >> "$DIR/tinyproxy-$1.conf"
}
echo '^denied-' > "$DIR/tinyproxy.filter"
settings 8888 < /dev/null
settings 8889 <<END
Filter "$DIR/tinyproxy.filter"
FilterExtended On
END
settings 8890 <<END
BasicAuth lab canary-5ecret
END
settings 8891 <<END
ConnectPort 443
END
for port in 8889 8890 8891; do
  tinyproxy -d -c "$DIR/tinyproxy-$port.conf" &
done
exec tinyproxy -d -c "$DIR/tinyproxy-8888.conf"
