# Makes the namespaces $PREFIX-a, $PREFIX-w1 to w4 and $PREFIX-z: a chain of four routers between
# two hosts; see path.rs.
at() { place=$1; shift; ip netns exec "$PREFIX-$place" "$@"; }

for place in a w1 w2 w3 w4 z; do
  ip netns add "$PREFIX-$place"
  at $place ip link set lo up
  # Errors are never held back, so that many runs in a row see the same.
  at $place sysctl -qw net.ipv4.icmp_ratemask=0 net.ipv6.icmp.ratelimit=0
done

# cable NEAR FAR NUMBER: a cable between two neighbours of the chain.
cable() {
  ip link add far netns "$PREFIX-$1" type veth peer name near netns "$PREFIX-$2"
  at "$1" ip address add "10.89.$3.1/24" dev far
  at "$2" ip address add "10.89.$3.2/24" dev near
  at "$1" ip address add "fd89:$3::1/64" dev far nodad
  at "$2" ip address add "fd89:$3::2/64" dev near nodad
  at "$1" ip link set far up
  at "$2" ip link set near up
}
cable a w1 1
cable w1 w2 2
cable w2 w3 3
cable w3 w4 4
cable w4 z 5

at a ip route add default via 10.89.1.2
at a ip -6 route add default via fd89:1::2
at z ip route add default via 10.89.5.1
at z ip -6 route add default via fd89:5::1
for router in 1 2 3 4; do
  at w$router sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
  at w$router ip route add 10.89.5.0/24 via "10.89.$((router + 1)).2" 2>/dev/null || true
  at w$router ip -6 route add fd89:5::/64 via "fd89:$((router + 1))::2" 2>/dev/null || true
  at w$router ip route add 10.89.1.0/24 via "10.89.$router.1" 2>/dev/null || true
  at w$router ip -6 route add fd89:1::/64 via "fd89:$router::1" 2>/dev/null || true
done

# An address that is still being tried answers nobody.
for place in a w1 w2 w3 w4 z; do
  until [ -z "$(at $place ip -6 address show tentative)" ]; do sleep 0.1; done
done
