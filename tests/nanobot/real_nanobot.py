#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""nanobot's own session store and the built everturn take turns on one folder.

Usage: real_nanobot.py CHECKOUT EVERTURN FOLDER [--adopt] [--unlink-lock]

CHECKOUT is a checkout of nanobot, EVERTURN the built command line tool, FOLDER an empty folder.
Needs nothing but Python: what nanobot takes from other packages is replaced by stubs here, its
file lock by a flock on the same file. Prints each check; exits with 1 at the first that fails.
"""

import argparse
import fcntl
import importlib.abc
import importlib.machinery
import json
import os
import subprocess
import sys
import threading
import time
import types
from pathlib import Path
from random import Random

KEY = "telegram:12345"
OTHER = "discord:42"
HARD = [
    {"role": "user", "content": "Grüße 😀 \u2028 \u0085 \" \\ / \n\t\x00"},
    {"role": "tool", "n": [1, 2.5, -0.0, 12345678901234567890123], "e": {}, "l": [], "x": None},
]


class FileLock:
    """As filelock's: reentrant in one object, waits as long as it takes."""

    unlinks = False

    def __init__(self, path, timeout=-1):
        self.path = path
        self.timeout = timeout
        self.depth = 0
        self.descriptor = -1

    def try_acquire(self):
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        if os.fstat(descriptor).st_nlink == 0:
            os.close(descriptor)
            return False
        self.descriptor = descriptor
        return True

    def __enter__(self):
        while self.depth == 0 and not self.try_acquire():
            time.sleep(0.001)
        self.depth += 1
        return self

    def __exit__(self, *ignored):
        self.depth -= 1
        if self.depth > 0:
            return
        if FileLock.unlinks:
            os.unlink(self.path)
        os.close(self.descriptor)


class Anything:
    """Stands for whatever a package that is not here would give."""

    def __getattr__(self, name):
        return Anything()

    def __call__(self, *arguments, **named):
        return Anything()


class StubFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Answers for every package outside the standard library that is not installed."""

    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("nanobot", *sys.stdlib_module_names):
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        module = types.ModuleType(spec.name)
        module.__getattr__ = self.attribute
        return module

    @staticmethod
    def attribute(name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything()

    def exec_module(self, module):
        if module.__name__ == "filelock":
            module.FileLock = FileLock


def import_nanobot(checkout):
    """Its session store alone: the packages' own __init__ would start the whole agent."""
    for name in ("", ".config", ".providers", ".session", ".utils"):
        package = types.ModuleType("nanobot" + name)
        package.__path__ = [str(Path(checkout, "nanobot", *name.split(".")[1:]))]
        sys.modules["nanobot" + name] = package
    sys.meta_path.insert(0, StubFinder())
    from nanobot.session import manager

    manager.get_legacy_sessions_dir = lambda: Path(checkout, "no-legacy-sessions")
    return manager


class Pair:
    """The two programs on one folder."""

    def __init__(self, arguments):
        self.nanobot = import_nanobot(arguments.checkout)
        self.everturn = arguments.everturn
        self.base = Path(arguments.folder)
        self.folder = self.store().sessions_dir
        self.environment = dict(os.environ, EVERTURN_STORE="dir:" + str(self.folder),
                                XDG_STATE_HOME=str(self.base / "state"))

    def store(self):
        """A session store of nanobot, as after a start of the agent: nothing is cached."""
        return self.nanobot.JsonlSessionStore(self.base / "workspace",
                                              sessions_root=self.base / "sessions")

    def run(self, *arguments, text=""):
        done = subprocess.run([self.everturn, *arguments], input=text, text=True, check=False,
                              capture_output=True, env=self.environment)
        if done.returncode != 0:
            raise SystemExit(f"everturn {' '.join(arguments)}: {done.returncode} {done.stderr}")
        return done.stdout

    def append(self, records, key=KEY):
        lines = "".join(json.dumps(record, separators=(",", ":")) + "\n" for record in records)
        self.run("append", key, text=lines)

    def ours(self, key=KEY):
        return [json.loads(line) for line in self.run("load", key, "--strict").split("\n") if line]

    def theirs(self, key=KEY):
        session = self.store().load(key)
        if session is None:
            raise SystemExit(f"nanobot cannot load {key}")
        return session

    def add(self, records, key=KEY):
        session = self.store().load(key) or self.nanobot.Session(key=key)
        session.messages.extend(records)
        self.store().save(session)


def check(name, found, expected):
    if found != expected:
        print(f"FAILED {name}\n  found    {found}\n  expected {expected}")
        raise SystemExit(1)
    print(f"ok {name}")


def turn(number):
    return {"role": "user", "content": f"turn {number}"}


def check_folder(pair, kind):
    check("the folder's kind", json.loads(pair.run("--json", "store", "info"))["folder"], kind)


def check_turns(pair):
    pair.append(HARD)
    check("nanobot reads what we made", pair.theirs().messages, HARD)
    check("its dates are naive", pair.theirs().created_at.tzinfo, None)
    pair.add(HARD)
    check("we read what nanobot saved", pair.ours(), HARD + HARD)
    expected = HARD + HARD
    for number in range(0, 20, 2):
        pair.add([turn(number)])
        pair.append([turn(number + 1)])
        expected += [turn(number), turn(number + 1)]
    check("alternating turns, nanobot", pair.theirs().messages, expected)
    check("alternating turns, we", pair.ours(), expected)
    check("nanobot's read", pair.store().read(KEY)["messages"], expected)


def check_metadata(pair):
    pair.run("meta", "set", KEY, "title=Häuser")
    titles = {line["key"]: line["title"] for line in pair.store().list_sessions()}
    check("nanobot lists our title", titles, {KEY: "Häuser"})
    check("nanobot updates", pair.store().update_metadata(KEY, {"title": "theirs"}), True)
    check("nanobot loads its title", pair.theirs().metadata["title"], "theirs")
    check("we read its title", pair.run("meta", "get", KEY, "title").strip().strip('"'), "theirs")
    check("nanobot's metadata", pair.store().read_metadata(KEY)["metadata"]["title"], "theirs")


def check_names(pair):
    for key in ("a", "Zz0", "websocket:7b4a/ü 你/😀", "x" * 170):
        pair.add([turn(1)], key)
        pair.append([turn(2)], key)
        check(f"one file of {key[:24]!r}", pair.theirs(key).messages, [turn(1), turn(2)])
        check(f"and nanobot deletes it: {key[:24]!r}", pair.store().delete(key), True)


def check_copies(pair):
    pair.run("fork", KEY, OTHER)
    check("a fork", pair.theirs(OTHER).messages, pair.theirs().messages)
    pair.run("rename", OTHER, "renamed:1")
    keys = sorted(line["key"] for line in pair.store().list_sessions())
    check("keys after fork and rename", keys, ["renamed:1", KEY])
    pair.run("rm", "renamed:1")
    check("what we deleted", pair.store().load("renamed:1"), None)


def check_torn_ends(pair):
    path = pair.store().get_session_path(KEY)
    expected = pair.theirs().messages
    for torn in (b'{"role":"user","content":"\xc3', b'{"role":"user","content":"\xc3\xbc'):
        with open(path, "ab") as file:
            file.write(torn)
        pair.append([turn(100)])
        expected.append(turn(100))
        check(f"nanobot loads behind {torn[-3:]}", pair.theirs().messages, expected)


def check_limits(pair):
    """What `append --for nanobot` lets through at its limits, nanobot takes."""
    deep = '{"role":"user","content":' + "[" * 399 + "]" * 399 + "}"
    digits = '{"n":' + "7" * 4300 + "}"
    pair.run("append", "--for", "nanobot", "limits:1", text=deep + "\n" + digits + "\n")
    check("records at the limits", len(pair.theirs("limits:1").messages), 2)
    check("they are listed", "limits:1" in [line["key"] for line in pair.store().list_sessions()],
          True)
    pair.store().save(pair.theirs("limits:1"))
    check("nanobot deletes them", pair.store().delete("limits:1"), True)


TEXTS = ["hello", "", "  ", "[Message Time: now]\nhi", "a\n[image: /x.png]\nmessage(hi)\nb",
         "\u00a0 wide \u2028 line ", "Grüße 😀", [{"type": "text", "text": "block"}], None]


def random_session(random):
    """Turns with calls, deliveries, commands, media; some results missing, some orphans."""
    messages = []
    for _ in range(random.randrange(8)):
        if random.random() < 0.3:
            messages.append({"role": "assistant", "content": "ping", "_channel_delivery": True})
        if random.random() < 0.8:
            user = {"role": "user", "content": random.choice(TEXTS)}
            user.update(random.choice([{}, {}, {"_command": True}, {"media": ["/a.png", 7]}, {
                "cli_apps": [{"name": " Gimp", "entry_point": None}, {"name": ""}]}]))
            messages.append(user)
        for _ in range(random.randrange(4)):
            calls = [f"call_{random.randrange(10**9)}" for _ in range(random.randrange(1, 3))]
            messages.append({"role": "assistant", "content": random.choice(TEXTS), "tool_calls": [
                {"id": call, "function": {"name": "ls", "arguments": "{}"}} for call in calls]})
            messages += [{"role": "tool", "tool_call_id": call, "name": "ls", "content": "ok"}
                         for call in calls if random.random() < 0.9]
            if random.random() < 0.1:
                messages.append({"role": "tool", "tool_call_id": "orphan", "content": "?"})
        if random.random() < 0.8:
            messages.append({"role": "assistant", "content": random.choice(TEXTS),
                             "reasoning_content": "hm"} if random.random() < 0.2 else
                            {"role": "assistant", "content": random.choice(TEXTS)})
    for message in messages:
        message["timestamp"] = "2026-08-20T10:02:11.120000"
    return messages


def check_history(pair):
    """What we would send of a session is what nanobot would."""
    for seed in range(60):
        random = Random(seed)
        messages = random_session(random)
        session = pair.nanobot.Session(key="history:1", messages=messages,
                                       last_consolidated=random.randrange(len(messages) + 1))
        pair.store().save(session)
        limit = random.choice([0, 0, 1, 5, 12])
        lines = pair.run("history", "history:1", "--format", "native", "--unfinished", "keep",
                         "--dialect", "nanobot", "--max-messages", str(limit)).split("\n")
        found = [json.loads(line) for line in lines if line]
        if found != session.get_history(max_messages=limit):
            check(f"history, seed {seed}", found, session.get_history(max_messages=limit))
    check("histories are nanobot's own", True, True)
    check("nanobot deletes them", pair.store().delete("history:1"), True)


def check_locks(pair):
    with FileLock(str(pair.folder / ".session-files.lock")):
        held = subprocess.run([pair.everturn, "--wait", "0.05", "append", KEY], input="{}",
                              text=True, check=False, capture_output=True, env=pair.environment)
    check("its lock holds us back", held.returncode, 7)
    before = pair.theirs().messages
    store = pair.store()
    agent = threading.Thread(target=lambda: [
        store.update_metadata(KEY, {"title": str(number)}) for number in range(200)])
    agent.start()
    added = [turn(number) for number in range(30)]
    for record in added:
        pair.append([record])
    agent.join()
    check("no append is lost to its updates", pair.theirs().messages, before + added)
    check("nor an update of its own", pair.theirs().metadata["title"], "199")


def main():
    parser = argparse.ArgumentParser()
    for name in ("checkout", "everturn", "folder"):
        parser.add_argument(name)
    parser.add_argument("--adopt", action="store_true")
    parser.add_argument("--unlink-lock", action="store_true")
    arguments = parser.parse_args()
    FileLock.unlinks = arguments.unlink_lock
    pair = Pair(arguments)
    if arguments.adopt:
        pair.run("store", "adopt")
    check_folder(pair, "own" if arguments.adopt else "shared with nanobot")
    for group in (check_turns, check_metadata, check_names, check_copies, check_torn_ends,
                  check_limits, check_history, check_locks):
        group(pair)
    side = sorted(path.name for path in pair.folder.iterdir() if path.suffix != ".jsonl")
    allowed = {".workspace", ".session-files.lock"} | ({".everturn"} if arguments.adopt else set())
    check("nothing else lies in the folder", set(side) - allowed, set())


if __name__ == "__main__":
    main()
