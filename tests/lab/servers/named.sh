# needs /usr/sbin/named
# listens tcp 53, udp 53
# The resolver of the lab: the root, the scenarios' zone, and zones with a fault each.
printf '@ 60 SOA ns hostmaster 1 60 60 60 1\n@ 60 NS ns\nns 60 A 10.77.1.2\n' > "$DIR/refused.zone"
cat > "$DIR/root.zone" <<END
@ 60 SOA ns.lab.example. hostmaster 1 60 60 60 1
@ 60 NS ns.lab.example.
ns.lab.example. 60 A 10.77.1.2
bogus.example. 60 NS ns.bogus.example.
ns.bogus.example. 60 A 10.77.1.2
sinkhole.paloaltonetworks.com. 60 A 10.77.3.2
END
printf 'this is no zone\n' > "$DIR/broken.zone"
cat > "$DIR/named.conf" <<END
options {
  directory "$DIR";
  pid-file none;
  session-keyfile none;
  listen-on { any; };
  listen-on-v6 { any; };
  allow-recursion { any; };
  dnssec-validation yes;
};
controls { };
// bogus.example is not signed, and by this key it would have to be.
trust-anchors {
  bogus.example. static-key 257 3 13
    "oJMRESz5E4gYzS/q6XDrvU1qMPYIjCWzJaOau8XNEZeqCYKD5ar0IRd8KqXXFJkqmVfRvMGPmM1x8fGAa2XhSA==";
};
zone "." { type primary; file "root.zone"; };
zone "lab.example" { type primary; file "lab.example.zone"; };
zone "refused.example" { type primary; file "refused.zone"; allow-query { none; }; };
zone "servfail.example" { type primary; file "broken.zone"; };
zone "bogus.example" { type forward; forward only; forwarders { 10.77.1.2 port 5353; }; };
END
cat > "$DIR/unsigned.conf" <<END
options {
  directory "$DIR";
  pid-file none;
  session-keyfile none;
  listen-on port 5353 { any; };
  listen-on-v6 { none; };
  dnssec-validation no;
};
controls { };
zone "bogus.example" { type primary; file "bogus.zone"; };
END
printf '@ 60 SOA ns hostmaster 1 60 60 60 1\n@ 60 NS ns\nns 60 A 10.77.1.2\nwww 60 A 10.77.1.2\n' > "$DIR/bogus.zone"
named -g -c "$DIR/unsigned.conf" &
exec named -g -c "$DIR/named.conf"
