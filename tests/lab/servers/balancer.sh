# needs /usr/sbin/haproxy, /usr/bin/python3, nginx
# listens tcp 8301, tcp 8302, tcp 8303, tcp 8304, tcp 8305, tcp 8306, tcp 8307, tcp 8308, tcp 8312, tcp 8313, tcp 8314
# Balancers of two members, one of which is as it must be.
odd() { exec python3 "$DIR/odd.py" 127.0.0.1 "$1" "$DIR/$2.pem" "$DIR/$2.key" "$3" $4; }
odd 8312 good hello 0 &
odd 8313 good resets &
odd 8314 wrong-name serves &
cat > "$DIR/balancer.cfg" <<END
global
  maxconn 400
defaults
  mode tcp
  retries 0
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen refuses
  bind :::8301 v4v6
  server one 127.0.0.1:9
  server two 127.0.0.1:443
listen silent
  bind :::8302 v4v6
  server one 127.0.0.1:8312
  server two 127.0.0.1:443
listen resets
  bind :::8303 v4v6
  server one 127.0.0.1:8313
  server two 127.0.0.1:443
listen misnamed
  bind :::8304 v4v6
  server one 127.0.0.1:8314
  server two 127.0.0.1:443
listen http
  mode http
  bind :::8305 v4v6
  server one 127.0.0.1:9
  server two 127.0.0.1:80
listen limits
  bind :::8306 v4v6
  stick-table type ipv6 size 1k expire 10s store conn_rate(10s)
  tcp-request connection track-sc0 src
  tcp-request connection reject if { sc0_conn_rate gt 4 }
  server two 127.0.0.1:443
listen random
  bind :::8307 v4v6
  balance random(1)
  server one 127.0.0.1:8312
  server two 127.0.0.1:443
listen steady
  bind :::8308 v4v6
  server one 127.0.0.1:8312
END
exec haproxy -db -f "$DIR/balancer.cfg"
