# Makes the namespaces $PREFIX-rq-near and $PREFIX-rq-far, a cable between them and servers on far.
for place in near far; do
  ip netns add "$PREFIX-rq-$place"
  ip -n "$PREFIX-rq-$place" link set lo up
done
ip link add near netns "$PREFIX-rq-near" type veth peer name far netns "$PREFIX-rq-far"
for end in near.1 far.2; do
  place=${end%.*} number=${end#*.}
  ip -n "$PREFIX-rq-$place" address add "10.90.0.$number/24" dev $place
  ip -n "$PREFIX-rq-$place" address add "fd90::$number/64" dev $place nodad
  ip -n "$PREFIX-rq-$place" link set $place up
done
ip netns exec "$PREFIX-rq-far" python3 -c '
import select, socket, sys
listeners = {}
for port in (22, 5000, 5001, 5003, 7000):
    s = socket.socket(socket.AF_INET6)
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    s.bind(("::", port)); s.listen(64); listeners[s] = port
logins = []
while True:
    for s in select.select([*listeners, *logins], [], [])[0]:
        if s in logins:
            said = s.recv(99)
            s.sendall(said) if said else (s.close(), logins.remove(s))
            continue
        c, _ = s.accept()
        logins.append(c) if listeners[s] == 22 else c.close()' > /dev/null 2>&1 &
until ip netns exec "$PREFIX-rq-near" python3 -c 'import socket; socket.create_connection(("10.90.0.2", 7000), 1)' 2> /dev/null; do sleep 0.1; done
