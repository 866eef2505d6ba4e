# Joins the namespaces $PREFIX-*; see topology.rs.
at() { place=$1; shift; ip netns exec "$PREFIX-$place" "$@"; }

for place in client v4only stranded noports router servers peers proxies inside; do
  at $place ip link set lo up
done
at router sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
# Errors are never held back. For IPv4 by the mask: a limit of 0 would use up what the errors of
# routes are measured by.
at router sysctl -qw net.ipv4.icmp_ratemask=0 net.ipv6.icmp.ratelimit=0

# link PLACE NUMBER: a cable between that place and the router.
link() {
  ip link add eth0 netns "$PREFIX-$1" type veth peer name "$1" netns "$PREFIX-router"
  at "$1" ip address add "10.77.$2.2/24" dev eth0
  at router ip address add "10.77.$2.1/24" dev "$1"
  at "$1" ip link set eth0 up
  at router ip link set "$1" up
}
link6() {
  at "$1" ip address add "fd77:$2::2/64" dev eth0 nodad
  at router ip address add "fd77:$2::1/64" dev "$1" nodad
  at "$1" ip -6 route add default via "fd77:$2::1"
}
for place in v4only inside; do
  at $place sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
done
link client 0
link servers 1
link peers 3
link v4only 5
link stranded 6
link noports 7
link proxies 8
link inside 11
at noports sysctl -qw net.ipv4.ip_local_port_range="40000 40001" net.ipv4.ip_local_reserved_ports=40000-40001
for place in client servers peers v4only noports proxies inside; do
  at $place ip route add default via "$(at $place ip -o -4 address show dev eth0 | sed 's/.*inet \([0-9.]*\)\.2.*/\1.1/')"
done
link6 client 0
link6 servers 1
link6 peers 3
link6 proxies 8

# many PLACE HOME NETWORK: a place that is at home at every address of a network.
many() {
  at router ip route add "10.77.$3.0/24" via "10.77.$2.2"
  at router ip -6 route add "fd77:$3::/64" via "fd77:$2::2"
  at "$1" ip route add local "10.77.$3.0/24" dev lo
  at "$1" ip -6 route add local "fd77:$3::/64" dev lo
  at "$1" sysctl -qw net.ipv4.ip_nonlocal_bind=1 net.ipv6.ip_nonlocal_bind=1
}
many servers 1 2
many peers 3 4
many servers 1 12
many peers 3 14
many servers 1 16
many peers 3 18
many servers 1 26
many peers 3 28
many servers 1 30
many peers 3 32
# A neighbour that does not answer is given up soon.
at router sysctl -qw net.ipv4.neigh.servers.retrans_time_ms=100 net.ipv6.neigh.servers.retrans_time_ms=100

# Those that are there are known: nobody's first packet waits for them, whatever else goes on.
hardware() { at "$1" cat "/sys/class/net/$2/address"; }
for network in client/0 servers/1 peers/3 proxies/8; do
  end=${network%/*} number=${network#*/}
  for address in "10.77.$number." "fd77:$number::"; do
    at router ip neighbour replace "${address}2" lladdr "$(hardware "$end" eth0)" dev "$end" nud permanent
    at "$end" ip neighbour replace "${address}1" lladdr "$(hardware router "$end")" dev eth0 nud permanent
  done
done

# The chains that scenarios add their rules to.
at_clients='{ client, v4only, stranded, noports, inside }'
at router nft -f - <<END
table inet lab {
  chain prerouting { type nat hook prerouting priority dstnat; }
  # The first packet of every connection is counted, by where it goes; see connections.rs.
  set begun { type ipv4_addr; size 1000; flags dynamic; }
  set begun6 { type ipv6_addr; size 1000; flags dynamic; }
  chain count {
    type filter hook prerouting priority -310;
    iifname $at_clients tcp flags & (syn | ack) == syn update @begun { ip daddr counter }
    iifname $at_clients tcp flags & (syn | ack) == syn update @begun6 { ip6 daddr counter }
  }
  chain forward {
    type filter hook forward priority filter
    iifname inside ip daddr != 10.77.8.2 drop
  }
  chain output { type filter hook output priority filter; }
}
END
for place in servers peers proxies; do
  at $place nft -f - <<END
table inet lab {
  chain input { type filter hook input priority filter; }
  chain output { type filter hook output priority filter; }
}
END
done
at client nft -f - <<END
table inet lab {
  chain output { type filter hook output priority filter; }
}
END

# Packets that come back to the servers' own door go round: a place for a loop of routes.
at servers sysctl -qw net.ipv4.ip_forward=1
at router ip route add 10.77.9.0/24 via 10.77.1.2
