# needs /usr/sbin/sshd
# listens tcp 22
ssh-keygen -q -t ed25519 -N '' -f "$DIR/host_key"
mkdir -p /run/sshd
exec /usr/sbin/sshd -D -e -f /dev/null -h "$DIR/host_key" -o PidFile=none
