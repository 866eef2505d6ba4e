# needs /usr/sbin/haproxy, nginx, sshd
# listens tcp 8180, tcp 8143, tcp 8122
# What stands behind a balancer: it wants to be told first for whom the connection is.
cat > "$DIR/haproxy.cfg" <<END
global
  maxconn 200
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen http
  bind :::8180 v4v6 accept-proxy
  server one 127.0.0.1:80
listen tls
  bind :::8143 v4v6 accept-proxy
  server one 127.0.0.1:443
listen ssh
  bind :::8122 v4v6 accept-proxy
  server one 127.0.0.1:22
END
exec haproxy -db -f "$DIR/haproxy.cfg"
