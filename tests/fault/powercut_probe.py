"""What test_power_cut.py runs under libpowercut.so, to be killed.

    powercut_probe.py commits FILE JOURNAL_MODE SYNCHRONOUS   commits row after row, and prints each that is committed
    powercut_probe.py random FILE SEED                        writes, cuts and syncs at random, checks what it reads, and
                                                              prints in hexadecimal what it synced
"""
import os
import random
import sqlite3
import sys


def commits(path: str, journal_mode: str, synchronous: str) -> None:
    database = sqlite3.connect(path, isolation_level=None)
    database.execute(f"PRAGMA journal_mode={journal_mode}")
    database.execute(f"PRAGMA synchronous={synchronous}")
    database.execute("CREATE TABLE IF NOT EXISTS rows (number INTEGER PRIMARY KEY, filler BLOB)")
    number = database.execute("SELECT coalesce(max(number), 0) FROM rows").fetchone()[0]
    while True:
        number += 1
        database.execute("INSERT INTO rows VALUES (?, ?)", (number, bytes(300)))
        os.write(1, b"%d\n" % number)


def random_calls(path: str, seed: str) -> None:
    """Several descriptors of one file, against a copy in memory."""
    rng = random.Random(seed)
    files = [os.open(path, os.O_RDWR | os.O_CREAT), os.open(path, os.O_RDWR)]
    files.append(os.dup(files[0]))
    seen = bytearray()
    for _ in range(400):
        file = rng.choice(files)
        match rng.choice(("write", "write", "write", "truncate", "read", "size", "sync")):
            case "write":
                at, data = rng.randrange(30_000), rng.randbytes(rng.choice((1, 100, 4096, 9000)))
                seen.extend(bytes(max(0, at + len(data) - len(seen))))
                seen[at:at + len(data)] = data
                assert os.pwrite(file, data, at) == len(data)
            case "truncate":
                size = rng.randrange(30_000)
                seen = seen[:size] + bytes(max(0, size - len(seen)))
                os.ftruncate(file, size)
            case "read":
                at, length = rng.randrange(40_000), rng.randrange(20_000)
                assert os.pread(file, length, at) == seen[at:at + length], "a read does not see what was written"
            case "size":
                assert os.fstat(file).st_size == os.stat(path).st_size == len(seen), "a size is not what was written"
            case "sync":
                rng.choice((os.fsync, os.fdatasync))(file)
                os.write(1, b"%s\n" % seen.hex().encode())
    os.write(1, b"done\n")
    os.read(0, 1)


if __name__ == "__main__":
    {"commits": commits, "random": random_calls}[sys.argv[1]](*sys.argv[2:])
