"""Makes an address far away: on the router, holds every packet to it and from it for a while.

delay.py ADDRESS MILLISECONDS TABLE, with two routing tables of its own, TABLE and TABLE + 1000.
Packets from clients to ADDRESS are routed into one tunnel and come out of another after
MILLISECONDS; answers take the same way back. Goes into the background once it stands.
"""

import collections
import fcntl
import os
import select
import struct
import subprocess
import sys
import time

TUNSETIFF = 0x400454CA  # linux/if_tun.h
IFF_TUN_NO_PI = 0x0001 | 0x1000


def tunnel(name):
    file = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(file, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN_NO_PI))
    ip("link set", name, "txqueuelen 10000 up")
    with open(f"/proc/sys/net/ipv4/conf/{name}/rp_filter", "w") as setting:
        setting.write("0")
    return file


def ip(*words):
    subprocess.run(["ip", *" ".join(words).split()], check=True)


def relay(files, delay):
    """Hands what comes out of either file on to the other, `delay` seconds later."""
    held = collections.deque()
    while True:
        wait = max(0, held[0][0] - time.monotonic()) if held else None
        for file in select.select(files, [], [], wait)[0]:
            packet = os.read(file, 65536)
            to = files[1 - files.index(file)]
            held.append((time.monotonic() + delay, to, packet))
        while held and held[0][0] <= time.monotonic():
            _, to, packet = held.popleft()
            try:
                os.write(to, packet)
            except OSError:
                pass  # lost, as packets are


address, milliseconds, table = sys.argv[1:]
back = str(int(table) + 1000)
near, far = f"near{table}", f"far{table}"
files = [tunnel(near), tunnel(far)]
ip("route add default dev", near, "table", table)
ip("route add default dev", far, "table", back)
ip("rule add iif client to", address, "table", table)
for place in ("servers", "peers"):
    ip("rule add iif", place, "from", address, "table", back)
if os.fork() == 0:
    os.setsid()
    nothing = os.open("/dev/null", os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    relay(files, int(milliseconds) / 1000)
