# What `portcheck request` asks for, applied: $PREFIX-rq-near reaches $PREFIX-rq-far over a cable, and
# one of them drops what its site has not thought of. $1 is whose words, $2 who applies them.
# Prints a line for each thing that is not as it must be.
words=$1 side=$2
near="ip netns exec $PREFIX-rq-near" far="ip netns exec $PREFIX-rq-far"
here=$near
[ "$side" = far ] && here=$far
dir=$DIR/request-$words-$side
mkdir -p "$dir"
uris="tcp://10.90.0.2:5000 tcp://10.90.0.2:5001 tcp://10.90.0.2:5003 tcp://[fd90::2]:7000"

site() {
  case $words-$side in
  nftables-near) $here nft -f - <<END
table inet site {
  chain output {
    type filter hook output priority filter; policy drop;
    ct state established,related accept
    meta l4proto ipv6-icmp accept
    tcp dport 22 accept
  }
}
END
  ;;
  nftables-far) $here nft -f - <<END
table inet site {
  chain input {
    type filter hook input priority filter; policy accept;
    ct state vmap { established : accept, related : accept, invalid : drop }
    meta l4proto { icmp, ipv6-icmp } accept
    tcp dport 22 accept
    jump rest
  }
  chain rest { reject with icmpx type admin-prohibited; }
  chain output {
    type filter hook output priority filter; policy drop;
    meta l4proto { icmp, ipv6-icmp } accept
    tcp sport 22 accept
  }
}
END
  ;;
  iptables-*)
    chain=OUTPUT; [ "$side" = far ] && chain=INPUT
    for program in iptables ip6tables; do
      $here $program -w -A $chain -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
      $here $program -w -A $chain -p tcp --dport 22 -j ACCEPT
      $here $program -w -A $chain -p tcp -j DROP
    done
  ;;
  esac
}
rules() {
  case $words in
  nftables) $here nft list ruleset ;;
  iptables) ($here iptables-save; $here ip6tables-save) | sed '/^#/d; s/\[[0-9:]*\]//' ;;
  esac
}
apply() {
  case $words in
  nftables) $here nft -f "$1" ;;
  iptables) $here sh "$1" ;;
  esac
}
run() { $near "$PORTCHECK" probe $uris --timeout 1s --no-path --format json > "$dir/$1.json"; }
expect() { [ "$1" = "$2" ] || echo "$3: got $1, expected $2"; }
# The ports, of all 65,535, whose first packets get to where programs listen.
arrived() {
  $far nft -f - <<END
table ip seen {
  set ports { type inet_service; }
  chain last {
    type filter hook input priority 350; policy accept;
    tcp flags syn add @ports { tcp dport }
  }
}
END
  $near python3 -c '
import socket
for port in range(1, 65536):
    s = socket.socket(); s.setblocking(False); s.connect_ex(("10.90.0.2", port)); s.close()'
  sleep 0.2
  echo $($far nft list set ip seen ports | tr -d '\n' |
    sed 's/.*elements = {//; s/}.*//; s/[^0-9]/ /g' | tr -s ' ' '\n' | sort -n)
  $far nft delete table ip seen
}

site
rules > "$dir/before"
opened=$(arrived)
run blocked; expect $? 1 "the run before"
$here "$PORTCHECK" request "$dir/blocked.json" --for "$words" --output "$dir/change" --undo "$dir/undo" 2> "$dir/told"
expect $? 0 "the request"
expect "$(cat "$dir/told")" "" "what it tells"
# A login from before the change goes on through all of it.
mkfifo "$dir/type"
$near python3 -uc '
import socket, sys
s = socket.create_connection(("10.90.0.2", 22))
for line in sys.stdin:
    s.sendall(line.encode()); print(s.recv(99).decode(), end="")' < "$dir/type" > "$dir/login" 2>&1 &
login=$!
exec 9> "$dir/type"
echo before >&9
apply "$dir/change" > "$dir/applied" 2>&1; expect $? 0 "the change"
run open; expect $? 0 "the run after"
expect "$(arrived)" "$(echo $opened 5000 5001 5003)" "what is open"
# Each rule is needed.
count=$(grep -c '^insert\|^ip6*tables' "$dir/change")
for left in $(seq "$count"); do
  $here sh "$dir/undo" > /dev/null 2>&1
  awk -v left="$left" '/^insert|^ip6?tables/ { if (++n == left) next } 1' "$dir/change" > "$dir/less"
  apply "$dir/less" > /dev/null 2>&1
  run less && echo "rule $left of $count is not needed"
  $here sh "$dir/undo" > /dev/null 2>&1
  apply "$dir/change" > /dev/null 2>&1
done
$here sh "$dir/undo" > /dev/null 2>&1; expect $? 0 "the undo"
rules | diff "$dir/before" - > "$dir/differs" || echo "the rules afterwards: $(head -3 "$dir/differs")"
echo after >&9
sleep 0.3
expect "$(tr '\n' ' ' < "$dir/login")" "before after " "the login"
exec 9>&-
wait $login
case $words in
nftables) $here nft flush ruleset ;;
iptables) for program in iptables ip6tables; do $here $program -F; done ;;
esac
