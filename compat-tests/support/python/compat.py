"""The records of support/records.mjs, and the runner of scenarios of support/scenarios.mjs."""

import concurrent.futures
import itertools
import os
import sys
import time
import traceback

COUNT = 200
FIRST_TIMESTAMP = 1_700_000_000_000
LIMIT_S = 60


def record_at(topic, offset):
    """(key, value, headers, timestamp)"""
    times = 4000 if offset == 50 else 1 + offset % 40
    key = None if offset % 10 == 9 else f"{topic}-{offset}".encode()
    value = None if offset % 25 == 23 else (f"value {offset} of {topic} " * times).encode()
    headers = [] if offset % 7 == 6 else [("n", str(offset).encode()), ("binary", b"\x00\xff\x80")]
    return key, value, headers, FIRST_TIMESTAMP + offset * 1000


def verify(topic, offset, key, value, headers, timestamp):
    wanted = record_at(topic, offset)
    read = (key, value, [tuple(header) for header in headers or []], timestamp)
    for name, is_, should in zip(("key", "value", "headers", "timestamp"), read, wanted):
        assert is_ == should, f"{topic}@{offset}: {name} is {str(is_)[:80]}"


def run(scenarios):
    """Runs {name: function}; prints `ok NAME` or `not ok NAME: why`, and ends the process."""
    failed = False
    for name, scenario in scenarios.items():
        # A thread each: one that hangs is left behind.
        pool = concurrent.futures.ThreadPoolExecutor(1)
        try:
            pool.submit(scenario).result(LIMIT_S)
            print(f"ok {name}", flush=True)
        except BaseException as failure:
            failed = True
            frames = [f"{f.filename.rsplit('/')[-1]}:{f.lineno}" for f in traceback.extract_tb(failure.__traceback__)[-3:]]
            why = f"{type(failure).__name__} {failure} at {', '.join(frames)}".replace("\n", " | ")
            print(f"not ok {name}: {why}", flush=True)
    os._exit(1 if failed else 0)


def arguments(suite, produce, consume):
    """Runs what the command line asks for."""
    command, address, *topics = sys.argv[1:]
    if command == "suite":
        run(suite(address))
    if command == "produce":
        run({f"{topic} written": lambda topic=topic: produce(address, topic) for topic in topics})
    run({f"{topic} read": lambda topic=topic: consume(address, topic) for topic in topics})


def until(what, condition, limit_s=30):
    end = time.monotonic() + limit_s
    while not (answer := condition()):
        assert time.monotonic() < end, f"waited {limit_s} s for {what}"
        time.sleep(0.02)
    return answer


_names = itertools.count()


def fresh(what):
    return f"{what}-{os.getpid()}-{time.time_ns() // 1_000_000}-{next(_names)}"
