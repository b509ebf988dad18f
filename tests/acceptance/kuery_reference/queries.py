"""Inputs for the judge: random queries of the grammar, soups of its pieces, and good queries with a few faults in them.

Everything comes from a random.Random, so that a failing seed fails again."""

FIELDS = ("a", "b.c", "process.name", "n.k", "n.d", "n", "n.m.x", "n.m", "k", "t", "d", "dn", "l", "ip", "w", "ck", "mt", "f", "f.sub", "al",
          "rt", "mk", "mk.raw", "mixed", "fam", "dd", "half", "o.p", "or", "and", "true", "null", "false", "*", "n.*", "*.k", "k*", "d*",
          "*a*", "o*p", "m*", '"k"', '"n.k"', '"null"', '"a b"', r"a\:b", "**", r"k\*", '"k*"', r"\u006b", "host name",
          r"a\.b", "\u00fc.x", "x?", "not.x")
VALUES = ("x", "foo bar", "*", "x*", "*x", "a*b c", "**", "true", "false", "null", "1", "-1", "1.5", "1700000000000", "now",
          "now-1d/d", "now-1d\\/d", "2024-01-02", "2024-01-02T03\\:04\\:05Z", '"2024-01-02T03:04:05Z"', '"x"', '"x*"', '"*"', '""',
          r'"a\"b"', r'"a\\"', r'"C:\Windows\*"', r'"C:\temp"', r'"x\q"', r"x\*y", r"x\*y*", r"\*", r"a\(b\)", r"\u0041bc",
          r"\u00e9", r"\uD83D\uDE00", r"\uD800", r"\uDC00x", r'"\uD800"', r"\u002a", r"\u0020x", r"\t", r"\n*", r"\or", r"\and x",
          r"x \or y", r"\NOT y", r"\not y", "10.0.0.0/8", r"\"q\"", "a+b-c=d&e|f!g[h]i^j~k?l/m*", r"*\:\\\<\>\{\}*", "not", "or",
          "and", "x not", "cannot", "knot", "\u00e9t\u00e9", "\U0001f600", "\u3000x\u3000", "\ufeffx", "\u2028", "\x0b", "\x0c", "\x00",
          "\x1f", "\x7f", "\u0085", "\u1680*\u2003", "@kuery-wildcard@", "@kuery-wildcard@*", "@kuery-cursor@", "t\\u0072ue",
          "\\u006eull", "/re/", "[1 to 5]", "x'y", "x,y;z", "%26", "$1", "`x`", "\\u00ag")
BLANKS = (" ", " ", " ", " ", "  ", "\t", "\n", "\r\n", "\u00a0", " \u00a0 ", "\u3000", "\u2003", "")
PIECES = ("(", ")", "{", "}", ":", "<", ">", "<=", ">=", "*", '"', "\\", " or ", " and ", "not ", " OR ", " And ", "NOT ", "or", "and",
          "not", " ", "  ", "\n", "\u00a0", "\u3000", ",", "a", "x", "n", "d", "o", "r", "t", "\\u00", "\\t", "\\n", "\\o", "\\n ot",
          "\\u0041", "\U0001f600", "\u00e9", "true", "null", "k:x", "n:{k:x}", "\\or", "\\(", "u", "0041", "=", "!", "\x00",
          "\ufeff", "annot b", " not ", "knot ", " or", "and ", "\u2028", "-", "?", "\\\"", "\\\\")


def blank(random):
    return random.choice(BLANKS) if random.random() < 0.3 else " "


def maybe_blank(random):
    return random.choice(BLANKS) if random.random() < 0.3 else ""


def joint(random, word):
    if random.random() < 0.2:
        word = "".join(random.choice((char.lower(), char.upper())) for char in word)
    return blank(random) + word + blank(random)


def negation(random):
    return random.choice(("not", "not", "NOT", "Not")) + blank(random) if random.random() < 0.2 else ""


def values(random, depth):
    if depth and random.random() < 0.3:
        word = random.choice(("or", "or", "and"))
        parts = [negation(random) + values(random, depth - 1) for _ in range(random.randint(1, 3))]
        return "(" + maybe_blank(random) + joint(random, word).join(parts) + maybe_blank(random) + ")"
    return random.choice(VALUES)


def grown(random, depth=3):
    """A query from the grammar; now and then a blank is missing or of the wrong kind."""
    kind = random.random()
    if depth and kind < 0.25:
        return joint(random, random.choice(("and", "or"))).join(
            negation(random) + grown(random, depth - 1) for _ in range(random.randint(2, 3)))
    if depth and kind < 0.35:
        return "(" + maybe_blank(random) + negation(random) + grown(random, depth - 1) + maybe_blank(random) + ")"
    field = random.choice(FIELDS) + maybe_blank(random)
    if depth and kind < 0.45:
        return field + ":" + maybe_blank(random) + "{" + maybe_blank(random) + grown(random, depth - 1) + maybe_blank(
            random) + "}"
    if kind < 0.55:
        return field + random.choice(("<", "<=", ">", ">=")) + maybe_blank(random) + random.choice(VALUES)
    if kind < 0.62:
        return random.choice(VALUES)
    return field + ":" + maybe_blank(random) + values(random, depth)


def soup(random):
    return "".join(random.choice(PIECES) for _ in range(random.randint(0, 14)))


def mutated(random, query):
    """One to four small faults: characters gone, doubled, swapped, pieces put in, a stretch moved."""
    for _ in range(random.randint(1, 4)):
        at = random.randint(0, len(query))
        to = min(len(query), at + random.choice((1, 1, 1, 2, 5, 20)))
        kind = random.randrange(5)
        if kind == 0:
            query = query[:at] + query[to:]
        elif kind == 1:
            query = query[:at] + random.choice(PIECES) + query[at:]
        elif kind == 2:
            query = query[:at] + random.choice(PIECES) + query[to:]
        elif kind == 3:
            query = query[:to] + query[at:]
        else:
            query = query[at:to] + query[:at] + query[to:]
    return query


def short(random, corpus):
    """A corpus query, cut down to a stretch where it is long: faults near its ends count as much as those within."""
    query = random.choice(corpus)
    if len(query) > 200 and random.random() < 0.8:
        at = random.randrange(len(query) - 100)
        query = query[at:at + random.randint(20, 160)]
    return query


def invented(random, corpus=()):
    """One input."""
    kind = random.random()
    if kind < 0.35:
        return grown(random)
    if kind < 0.5:
        return soup(random)
    if kind < 0.75 and corpus:
        return mutated(random, short(random, corpus))
    return mutated(random, grown(random))
