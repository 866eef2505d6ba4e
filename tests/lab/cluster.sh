# Makes the namespaces $PREFIX-core and $PREFIX-n1 to n4, and joins them; see cluster.rs.
at() { place=$1; shift; ip netns exec "$PREFIX-$place" "$@"; }

ip netns add "$PREFIX-core"
at core ip link set lo up
at core sysctl -qw net.ipv4.ip_forward=1 net.ipv4.icmp_ratemask=0
for number in 1 2 3 4; do
  node=n$number
  ip netns add "$PREFIX-$node"
  at $node ip link set lo up
  at $node sysctl -qw net.ipv4.icmp_ratemask=0
  ip link add eth0 netns "$PREFIX-$node" type veth peer name "$node" netns "$PREFIX-core"
  at $node ip address add "10.88.$number.2/24" dev eth0
  at core ip address add "10.88.$number.1/24" dev "$node"
  at $node ip link set eth0 up
  at core ip link set "$node" up
  at $node ip route add default via "10.88.$number.1"
done
