# needs /usr/sbin/postfix
# listens tcp 25, tcp 26, tcp 465, tcp 587
# 25 and 587 offer STARTTLS, 26 does not, 465 is TLS from the first byte.
mkdir -p "$DIR/postfix" "$DIR/postfix-queue" "$DIR/postfix-data"
chown postfix "$DIR/postfix-data"
cat > "$DIR/postfix/main.cf" <<END
compatibility_level = 3.6
queue_directory = $DIR/postfix-queue
data_directory = $DIR/postfix-data
myhostname = mail.lab.example
inet_protocols = all
mydestination =
maillog_file = /dev/stdout
smtpd_tls_security_level = may
smtpd_tls_chain_files = $DIR/good.key, $DIR/good.pem
END
cat > "$DIR/postfix/master.cf" <<END
smtp inet n - n - - smtpd
587 inet n - n - - smtpd
26 inet n - n - - smtpd
  -o smtpd_tls_security_level=none
465 inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
rewrite unix - - n - - trivial-rewrite
proxymap unix - - n - - proxymap
cleanup unix n - n - 0 cleanup
END
postfix -c "$DIR/postfix" set-permissions 2>/dev/null
exec postfix -c "$DIR/postfix" start-fg
