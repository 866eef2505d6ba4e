# needs /usr/bin/openssl
# listens tcp 4433, tcp 4434, tcp 4435
# 4433 and 4434 end the handshake when the client has no certificate, in TLS 1.3 and TLS 1.2;
# 4435 shares no cipher suite with anybody sane.
cd "$DIR"
server="openssl s_server -quiet -www -cert good.pem -cert_chain good.pem -key good.key"
$server -accept 4434 -tls1_2 -Verify 1 -verify_return_error -CAfile public-root.pem &
$server -accept 4435 -tls1_2 -cipher AES128-CCM:ECDHE-ECDSA-AES128-CCM8:@SECLEVEL=0 &
exec $server -accept 4433 -Verify 1 -verify_return_error -CAfile public-root.pem
