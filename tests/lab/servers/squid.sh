# at proxies
# needs /usr/sbin/squid, /usr/bin/openssl, proxy-names
# listens tcp 3128, tcp 3129, tcp 3130, tcp 3131, tcp 3132, tcp 3133, tcp 3134, tcp 3135, tcp 3136, tcp 3137
# By port: 3128 as Debian installs it, 3129 wants a login, 3130 allows everything, 3131 has a parent
# that is down, 3132 is TLS, 3133 wants a login and then allows the ports 443, 9000 and 9418 only,
# 3134 refuses other ports before it wants a login, 3135 is TLS with an expired certificate,
# 3136 sends to a block page, 3137 is TLS and wants a login.
printf 'lab:%s\n' "$(openssl passwd -apr1 canary-5ecret)" > "$DIR/squid.passwd"
cat > "$DIR/squid.conf" <<END
http_port 3128 name=plain
http_port 3129 name=login
http_port 3130 name=anything
http_port 3131 name=child
https_port 3132 name=tls tls-cert=$DIR/good.pem tls-key=$DIR/good.key
http_port 3133 name=strict
http_port 3134 name=ports-first
https_port 3135 name=tls-expired tls-cert=$DIR/expired.pem tls-key=$DIR/expired.key
http_port 3136 name=page
https_port 3137 name=tls-login tls-cert=$DIR/good.pem tls-key=$DIR/good.key

visible_hostname proxy.lab.example
pid_filename none
cache_effective_user proxy
cache deny all
access_log none
cache_log /dev/null
netdb_filename none
coredump_dir /
connect_timeout 2 seconds
dns_timeout 2 seconds
shutdown_lifetime 0 seconds

auth_param basic program /usr/lib/squid/basic_ncsa_auth $DIR/squid.passwd
auth_param basic realm corp
auth_param basic children 2 startup=2

acl connects method CONNECT
acl secure port 443
acl few port 443 9000 9418
acl denied dstdom_regex ^denied-
acl known proxy_auth REQUIRED
acl anything myportname anything child
acl login myportname login tls-login
acl strict myportname strict
acl ports-first myportname ports-first
acl page myportname page
acl child myportname child

http_access allow anything
http_access deny login !known
http_access allow login
http_access deny strict !known
http_access deny strict connects !few
http_access allow strict
http_access deny connects ports-first !secure
http_access deny ports-first !known
http_access allow ports-first
deny_info 302:http://block.lab.example/why page
http_access deny page
http_access deny connects !secure
http_access deny denied
http_access allow all

cache_peer 10.77.8.2 parent 9 0 no-query no-digest name=dead
cache_peer_access dead allow child
cache_peer_access dead deny all
never_direct allow child
END
exec squid -N -f "$DIR/squid.conf"
