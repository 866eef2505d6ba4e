# at proxies
# needs /usr/sbin/named
# listens tcp 53, udp 53
# The proxies' own name server: it knows the lab's zone, and to it every other name is the vendor's.
cat > "$DIR/every.zone" <<END
@ 60 SOA ns.lab.example. hostmaster 1 60 60 60 1
@ 60 NS ns.lab.example.
* 60 A 10.77.1.2
END
cat > "$DIR/proxy-names.conf" <<END
options {
  directory "$DIR";
  pid-file none;
  session-keyfile none;
  listen-on { any; };
  listen-on-v6 { none; };
  dnssec-validation no;
};
controls { };
zone "." { type primary; file "every.zone"; };
zone "lab.example" { type primary; file "lab.example.zone"; };
END
exec named -g -c "$DIR/proxy-names.conf"
