#!/usr/bin/env python3
"""How portcheck sweeps beside the kernel: between two network namespaces, as root.

run.py [--check] [--runs N] PORTCHECK

Each work is done in turn by every program, N times (5), so that what else the machine does meets all
of them. Prints for each the median wall time as a ratio to the plain connect loop of floor.c, the
processor time as one, the largest memory, and whether every port was told rightly. `--check` fails
where a ratio is more than 15 % above the one that ratios.tsv keeps, or a port is wrong.
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent
RATIOS = HERE / "ratios.tsv"
FIRST, LAST = 20123, 32768
NEAR, FAR = "10.78.0.2", "10.78.9.2"
CLIENT, SERVER = "sweep-client", "sweep-server"
TIMEOUT_MS = 1000
TOLERANCE = 1.15


def sh(command, **more):
    return subprocess.run(command, shell=True, check=True, **more)


def namespaces():
    """Two namespaces on a veth pair; a second address of the server is 10 ms away, by a TUN pair."""
    for name in (CLIENT, SERVER):
        sh(f"ip netns add {name}; ip -n {name} link set lo up")
    sh(f"""
        ip link add sweep0 netns {CLIENT} type veth peer name sweep1 netns {SERVER}
        ip -n {CLIENT} addr add 10.78.0.1/24 dev sweep0; ip -n {CLIENT} link set sweep0 up
        ip -n {SERVER} addr add {NEAR}/24 dev sweep1; ip -n {SERVER} link set sweep1 up
        for host in $(seq 3 101); do ip -n {SERVER} addr add 10.78.0.$host/24 dev sweep1; done
        ip netns exec {CLIENT} sysctl -qw net.ipv4.ip_local_port_range="1024 65535"
        ip netns exec {SERVER} sysctl -qw net.ipv4.icmp_ratelimit=0
    """)


def distance():
    """A relay between a TUN device in each namespace that holds every packet for 5 ms."""
    relay = subprocess.Popen([sys.executable, HERE / "far.py", CLIENT, SERVER], stdout=subprocess.PIPE)
    relay.stdout.readline()
    sh(f"""
        ip -n {CLIENT} addr add 10.78.9.1/24 dev far0; ip -n {CLIENT} link set far0 up
        ip -n {SERVER} addr add {FAR}/24 dev far1; ip -n {SERVER} link set far1 up
    """)
    return relay


def filtered(rule):
    sh(f"ip netns exec {SERVER} nft -f -", input=f"""
        add table inet sweep
        flush table inet sweep
        table inet sweep {{ chain input {{ type filter hook input priority 0; {rule} }} }}
    """.encode())


class Work:
    """What is to be found out: ports of addresses, and the truth about them."""

    def __init__(self, name, truth, addresses=(NEAR,), last=LAST, listen=None, rule=""):
        self.name, self.truth, self.addresses, self.last = name, truth, addresses, last
        self.listen, self.rule = listen, rule

    def ports(self):
        return (self.last - FIRST + 1) * len(self.addresses)


def half(drop):
    return f"tcp dport & 1 == {drop} drop"


ALL = (FIRST, LAST)
WORKS = [
    Work("open", {"open": 1.0}, listen=ALL),
    Work("closed", {"refused": 1.0}),
    Work("silent", {"silent": 1.0}, rule=f"tcp dport {FIRST}-{LAST} drop"),
    Work("half silent, half open", {"open": 0.5, "silent": 0.5}, listen=ALL, rule=half(1)),
    Work("open, 10 ms away", {"open": 1.0}, addresses=(FAR,), listen=ALL),
    Work("90 open ports", {"open": 1.0}, last=FIRST + 89, listen=ALL),
    Work("99 hosts, closed", {"refused": 1.0}, addresses=tuple(f"10.78.0.{n}" for n in range(3, 102))),
]


def run(command, output):
    """Wall seconds, processor seconds and the largest memory in MB of one program."""
    start = time.monotonic()
    with open(output, "wb") as file:
        child = subprocess.Popen(["ip", "netns", "exec", CLIENT, *command], stdout=file, stderr=subprocess.DEVNULL)
        _, _, usage = os.wait4(child.pid, 0)
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def by_floor(work, floor, how):
    return [floor, how, str(TIMEOUT_MS), str(FIRST), str(work.last), *work.addresses]


def told_by_floor(text, work):
    words = text.split()
    counts = dict(zip(words[::2], map(int, words[1::2])))
    return all(counts[state] == work.ports() * share for state, share in work.truth.items())


def by_portcheck(work, portcheck):
    command = [portcheck, "run", "--profile", "thoughtspot-intracluster", "--only", "*.20123-32768",
               "--full-ranges", "--timeout", f"{TIMEOUT_MS}ms", "--no-path", "--format", "json",
               "--skip", "local.*", "--node", ",".join(work.addresses)]
    if work.last != LAST:
        targets = [f"tcp://{address}:{port}" for address in work.addresses for port in range(FIRST, work.last + 1)]
        command = [portcheck, "probe", "--timeout", f"{TIMEOUT_MS}ms", "--no-path", "--format", "json", *targets]
    return command


def told_by_portcheck(text, work):
    """Silent ports are those that failed; open and refused ones pass, a path being what counts."""
    bad = round(work.ports() * work.truth.get("silent", 0))
    findings = json.loads(text)["findings"]
    failed = 0
    for finding in findings:
        if finding.get("ports"):
            failed += sum(last - first + 1 for first, last in finding["ports"]["failed"])
        else:
            failed += finding["verdict"] == "fail"
    return failed == bad


def by_nmap(work):
    return ["nmap", "-n", "-Pn", "-sT", "-T5", "--max-retries", "0", "-p", f"{FIRST}-{work.last}", *work.addresses]


def programs(work, floor, portcheck):
    """Name, command, and how its answer is held to the truth; the first is what ratios refer to."""
    yield "plain loop", by_floor(work, floor, "plain"), told_by_floor
    yield "reusing loop", by_floor(work, floor, "reuse"), told_by_floor
    yield "portcheck", by_portcheck(work, portcheck), told_by_portcheck
    if shutil.which("nmap") and len(work.addresses) == 1 and "silent" not in work.truth:
        yield "nmap -sT -T5", by_nmap(work), None


def measured(work, floor, portcheck, runs, folder):
    """For each program its runs, and whether all of them were right."""
    listener = None
    if work.listen:
        words = [floor, "listen", *map(str, work.listen)]
        listener = subprocess.Popen(["ip", "netns", "exec", SERVER, *words], stdout=subprocess.PIPE)
        listener.stdout.readline()
    filtered(work.rule)
    results = {}
    try:
        for _ in range(runs):
            for name, command, judge in programs(work, floor, portcheck):
                output = folder / "output"
                figures = run(command, output)
                right = judge is None or judge(output.read_text(), work)
                results.setdefault(name, []).append((*figures, right))
    finally:
        if listener:
            listener.kill()
            listener.wait()
    return results


def rows(results):
    """A line a program: ratio of the wall time, ratio of the processor time, memory, right or wrong."""
    medians = {
        name: [statistics.median(run[column] for run in runs) for column in range(3)]
        for name, runs in results.items()
    }
    wall, processor, _ = medians["plain loop"]
    for name, (its_wall, its_processor, memory) in medians.items():
        wrong = sum(not right for *_, right in results[name])
        judged = "" if name.startswith("nmap") else ("every port right" if not wrong else f"WRONG in {wrong} runs")
        yield name, its_wall / wall, its_processor / max(processor, 1e-3), memory, judged


def kept():
    if not RATIOS.exists():
        return {}
    return {name: float(ratio) for name, ratio in (line.split("\t") for line in RATIOS.read_text().splitlines())}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", default="")
    parser.add_argument("portcheck")
    options = parser.parse_args()
    bad, ratios, relay = [], {}, None
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        floor = str(folder / "floor")
        sh(f"cc -O2 -o {floor} {HERE}/floor.c")
        try:
            namespaces()
            relay = distance()
            print(f"{'':<24} {'':<14} {'wall':>7} {'cpu':>7} {'memory':>8}")
            for work in (work for work in WORKS if options.only in work.name):
                results = measured(work, floor, os.path.abspath(options.portcheck), options.runs, folder)
                for name, wall, processor, memory, judged in rows(results):
                    print(f"{work.name:<24} {name:<14} {wall:6.2f}x {processor:6.2f}x {memory:5.0f} MB  {judged}", flush=True)
                    if name == "portcheck":
                        ratios[work.name] = wall
                        if "WRONG" in judged:
                            bad.append(f"{work.name}: {judged}")
        finally:
            if relay:
                relay.terminate()
                relay.wait()
            for name in (CLIENT, SERVER):
                subprocess.run(["ip", "netns", "del", name], check=False)
    if options.check:
        for name, before in kept().items():
            if ratios.get(name, 0) > before * TOLERANCE:
                bad.append(f"{name}: {ratios[name]:.2f}x, and it was {before:.2f}x")
        if bad:
            sys.exit("\n".join(bad))


if __name__ == "__main__":
    main()
