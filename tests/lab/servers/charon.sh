# needs /usr/lib/ipsec/charon
# listens udp 500, udp 4500
cat > "$DIR/strongswan.conf" <<END
charon {
  load = random nonce aes sha1 sha2 hmac kdf pem pkcs1 x509 curve25519 gmp openssl socket-default kernel-netlink
  filelog { stderr { default = 1 } }
}
END
STRONGSWAN_CONF="$DIR/strongswan.conf" exec /usr/lib/ipsec/charon
