# Makes eight nodes in two racks, each with a real sshd, and a machine for the administrator; see mesh.rs.
# $DIR is a directory for keys and configurations, $PREFIX what the names of the namespaces begin with.
at() { place=$1; shift; ip netns exec "$PREFIX-$place" "$@"; }

ip netns add "$PREFIX-mcore"
at mcore ip link set lo up
at mcore sysctl -qw net.ipv4.ip_forward=1 net.ipv4.icmp_ratemask=0
for rack in 1 2 3; do
  at mcore ip link add "rack$rack" type bridge
  at mcore ip address add "10.89.$rack.1/24" dev "rack$rack"
  at mcore ip link set "rack$rack" up
done

join() { # node rack address
  ip netns add "$PREFIX-$1"
  at "$1" ip link set lo up
  at "$1" sysctl -qw net.ipv4.icmp_ratemask=0
  ip link add eth0 netns "$PREFIX-$1" type veth peer name "$1" netns "$PREFIX-mcore"
  at "$1" ip address add "$3/24" dev eth0
  at mcore ip link set "$1" master "rack$2"
  at "$1" ip link set eth0 up
  at mcore ip link set "$1" up
  at "$1" ip route add default via "10.89.$2.1"
}
join admin 3 10.89.3.2
ssh-keygen -q -t ed25519 -N '' -f "$DIR/id"
mkdir -p /run/sshd
: > "$DIR/known_hosts"

# What a node has of its own besides its network: /tmp, /var/tmp, /root and its sshd.
cat > "$DIR/node.sh" <<'END'
set -e
node=$1
mount --make-rprivate /
mount --bind "$DIR" /mnt
for own in /tmp /var/tmp /root; do mount -t tmpfs tmpfs "$own"; done
mkdir -p "$DIR"
mount --move /mnt "$DIR"
if [ -f "$DIR/$node.setup" ]; then . "$DIR/$node.setup"; fi
exec /usr/sbin/sshd -D -e -f "$DIR/$node.conf"
END

for number in 1 2 3 4 5 6 7 8; do
  node=m$number
  rack=$(( (number + 3) / 4 ))
  address=10.89.$rack.1$number
  join $node $rack $address
  ssh-keygen -q -t ed25519 -N '' -f "$DIR/$node.key"
  echo "$address $(cut -d' ' -f1,2 "$DIR/$node.key.pub")" >> "$DIR/known_hosts"
  cat > "$DIR/$node.conf" <<END
HostKey $DIR/$node.key
AuthorizedKeysFile none
AuthorizedKeysCommand /bin/sh -c "if ! grep -qsx $address $DIR/refused; then cat $DIR/id.pub; fi"
AuthorizedKeysCommandUser root
ForceCommand if [ -e /root/closed ]; then echo This account is closed.; exit 1; fi; echo Welcome; exec /bin/sh -c "\$SSH_ORIGINAL_COMMAND"
PermitRootLogin yes
PasswordAuthentication no
StrictModes no
UsePAM no
PidFile none
END
  # Not by `at`: a function would keep what this script prints to open.
  ip netns exec "$PREFIX-$node" unshare -m sh "$DIR/node.sh" $node </dev/null >"$DIR/$node.log" 2>&1 &
done
cat > "$DIR/ssh_config" <<END
Host *
  User root
  IdentityFile $DIR/id
  IdentitiesOnly yes
  UserKnownHostsFile $DIR/known_hosts
  GlobalKnownHostsFile /dev/null
END
cat > "$DIR/mesh.yaml" <<END
site: lab
groups:
  nodes: [10.89.1.11, 10.89.1.12, 10.89.1.13, 10.89.1.14, 10.89.2.15, 10.89.2.16, 10.89.2.17, 10.89.2.18]
END
for number in 1 2 3 4 5 6 7 8; do
  node=m$number
  at $node timeout 20 sh -c 'until ss -Htln sport = :22 | grep -q .; do sleep 0.05; done'
done
