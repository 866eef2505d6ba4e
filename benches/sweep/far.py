"""A distance of 10 ms between two namespaces: far.py CLIENT SERVER.

Makes the TUN devices far0 in the one and far1 in the other, says `ready`, and hands every packet of
either on to the other 5 ms later, until it is ended.
"""

import collections
import ctypes
import fcntl
import os
import select
import struct
import sys
import time

TUNSETIFF = 0x400454CA  # linux/if_tun.h
IFF_TUN_NO_PI = 0x0001 | 0x1000
CLONE_NEWNET = 0x40000000  # linux/sched.h
DELAY = 0.005

libc = ctypes.CDLL(None, use_errno=True)


def tunnel(namespace, name):
    with open(f"/var/run/netns/{namespace}") as place:
        if libc.setns(place.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
    file = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(file, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN_NO_PI))
    return file


client, server = sys.argv[1:]
files = [tunnel(client, "far0"), tunnel(server, "far1")]
print("ready", flush=True)
held = collections.deque()
while True:
    wait = max(0, held[0][0] - time.monotonic()) if held else None
    for file in select.select(files, [], [], wait)[0]:
        to = files[1 - files.index(file)]
        for _ in range(256):
            try:
                packet = os.read(file, 65536)
            except BlockingIOError:
                break
            held.append((time.monotonic() + DELAY, to, packet))
    while held and held[0][0] <= time.monotonic():
        _, to, packet = held.popleft()
        try:
            os.write(to, packet)
        except OSError:
            pass  # lost, as packets are
