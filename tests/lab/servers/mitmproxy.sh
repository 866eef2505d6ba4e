# at proxies
# needs /usr/bin/mitmdump, proxy-names
# listens tcp 8080
# Opens every TLS connection; its authority is in mitm/mitmproxy-ca-cert.pem.
exec mitmdump -q --listen-host 10.77.8.2 --listen-port 8080 --set confdir="$DIR/mitm" \
  --set ssl_verify_upstream_trusted_ca="$DIR/public-root.pem"
