"""Ways to do the same thing, as small programs that count their own steps: equal on every machine and at every run."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CONTESTS", "Contest"]

_COUNTING = """class Item:
    count = 0
    def __init__(self, key): self.key = key
    def __lt__(self, other): Item.count += 1; return self.key < other.key
    def __eq__(self, other): Item.count += 1; return self.key == other.key
    def __hash__(self): return hash(self.key)
items = [Item(i * 7919 % SIZE) for i in range(SIZE)]
"""


@dataclass(frozen=True, slots=True)
class Contest:
    """Describes two programs that print how many `unit` they took for SIZE items, and what to mind if either wins."""

    what: str
    one: str
    two: str
    unit: str
    first: str
    second: str
    for_one: str
    for_two: str
    sizes: tuple[int, ...] = (60, 90, 120, 200, 250, 400)
    concerns: tuple[str, ...] = ()


_RECURSION = """n = 0
CACHE
def f(k):
    global n
    n += 1
    return k if k < 2 else f(k - 1) + f(k - 2)
f(SIZE // 10)
print(n)"""
_DIVISORS = """n = 0
for k in range(2, SIZE):
    for d in range(2, k):
        n += 1
        if k % d == 0: break
print(n)"""
_ROOTS = """n = 0
for k in range(2, SIZE):
    d = 2
    while d * d <= k:
        n += 1
        if k % d == 0: break
        d += 1
print(n)"""
_COUNT_EACH = """words = [i * i % 17 for i in range(SIZE)]
n = 0
for word in set(words):
    for other in words:
        n += 1
print(n)"""
_COUNT_ONCE = """words = [i * i % 17 for i in range(SIZE)]
n, counts = 0, {}
for word in words:
    counts[word] = counts.get(word, 0) + 1
    n += 1
print(n)"""
_POPS = """moves, left = 0, list(range(SIZE))
while left:
    left.pop(0)
    moves += len(left)
print(moves)"""
_DEQUE = """from collections import deque
moves, left = 0, deque(range(SIZE))
while left:
    left.popleft()
    moves += 1
print(moves)"""
_HALVES = ("half = SIZE // 2", "a, b = sorted(items[:half]), sorted(items[half:])", "Item.count = 0")


def _items(*lines: str) -> str:
    return _COUNTING + "\n".join([*lines, "print(Item.count)"])


CONTESTS = (
    Contest(
        "membership tests", "a list", "a set", "comparisons",
        _items("for i in range(0, SIZE, 5): Item(i) in items"),
        _items("known = set(items)", "for i in range(0, SIZE, 5): Item(i) in known"),
        "the keys must stay few", "every item has to be hashable",
        concerns=("We look things up all day.", "The items come from a form.", "Memory is no issue."),
    ),
    Contest(
        "finding the smallest item", "sorting", "min", "comparisons",
        _items("sorted(items)[0]"), _items("min(items)"),
        "you may want the order later anyway", "the next smallest would cost another pass",
        concerns=("Only the first matters.", "The list is in no order.", "It runs in a loop."),
    ),
    Contest(
        "the three smallest items", "sorting", "heapq.nsmallest", "comparisons",
        _items("sorted(items)[:3]"), _items("import heapq", "heapq.nsmallest(3, items)"),
        "sorting is the plainer code", "the gain shrinks when you want many of them",
        concerns=("A leaderboard, nothing more.", "Three is fixed.", "New scores come in all the time."),
    ),
    Contest(
        "finding a place in sorted items", "a scan", "bisection", "comparisons",
        _items("items.sort()", "Item.count = 0", "next(i for i, x in enumerate(items) if not x < Item(SIZE * 3 // 4))"),
        _items("import bisect", "items.sort()", "Item.count = 0", "bisect.bisect_left(items, Item(SIZE * 3 // 4))"),
        "it needs no order", "the items must stay sorted",
        concerns=("The list is sorted once a day.", "Lookups outnumber inserts.", "It's a price table."),
    ),
    Contest(
        "finding duplicates", "comparing all pairs", "sorting first", "comparisons",
        _items("sum(a == b for i, a in enumerate(items) for b in items[:i])"),
        _items("items.sort()", "sum(a == b for a, b in zip(items, items[1:]))"),
        "nothing is moved", "the original order is lost",
        concerns=("Names from a sign-up sheet.", "Hashing is out of the question.", "Order does not matter to us."),
    ),
    Contest(
        "Fibonacci numbers up to the tenth part of that", "plain recursion", "a cache", "calls",
        _RECURSION.replace("CACHE", "import functools"),
        _RECURSION.replace("CACHE", "import functools\n@functools.cache"),
        "it is the textbook form", "the cache keeps everything it has seen",
        sizes=(80, 100, 120, 150, 180), concerns=("A toy, but it teaches.", "Students will ask why.",
        "Depth is no problem."),
    ),
    Contest(
        "taking items from the front", "list.pop(0)", "a deque", "moves",
        _POPS, _DEQUE,
        "lists index faster in the middle", "reaching into its middle is slow",
        concerns=("It's a work queue.", "Jobs come in at the end.", "Nothing is ever inserted in between."),
    ),
    Contest(
        "storing numbers as text", "JSON", "a packed array", "bytes",
        "import json\nprint(len(json.dumps([i * 37 % 1000 for i in range(SIZE)])))",
        "from array import array\nprint(len(array('h', [i * 37 % 1000 for i in range(SIZE)]).tobytes()))",
        "anyone can read it", "nobody can read it without the format",
        concerns=("The files travel by mail.", "Someone opens them in an editor now and then.",
        "Values stay under a thousand."),
    ),
    Contest(
        "merging two sorted halves", "sorting the whole", "heapq.merge", "comparisons",
        _items(*_HALVES, "sorted(a + b)"),
        _items("import heapq", *_HALVES, "list(heapq.merge(a, b))"),
        "Python's sort notices runs that are in order", "it can work on streams that do not fit in memory",
        concerns=("Both halves come from files.", "Streams, in truth.", "The halves are equally long."),
    ),
    Contest(
        "trial division for primes", "all divisors", "divisors up to the root", "divisions",
        _DIVISORS, _ROOTS,
        "it is the shortest to explain", "a sieve would beat both",
        concerns=("For a classroom.", "Small numbers only.", "No libraries allowed."),
    ),
    Contest(
        "counting words", "list.count for each", "one dictionary", "steps",
        _COUNT_EACH, _COUNT_ONCE,
        "a handful of words makes no difference", "the dictionary has to fit in memory",
        concerns=("It is for a word cloud.", "The texts are short.", "We count once an hour."),
    ),
    Contest(
        "joining text", "adding up", "str.join", "copied letters",
        "text, n = '', 0\nfor i in range(SIZE):\n    text = text + 'ab'\n    n += len(text)\nprint(n)",
        "parts = ['ab' for i in range(SIZE)]\nprint(len(''.join(parts)))",
        "interpreters may avoid the copies", "all parts must be there before you join",
        concerns=("Log lines, mostly.", "The pieces come one at a time.", "Each piece is tiny."),
    ),
)  # fmt: skip
