"""KQL text -> Kibana's syntax tree, or the error with its offset and its list of what was expected.

A parsing expression grammar without a lexer, read by recursive descent. Two things decide the text of an error, and both
are modelled literally: every rule answers a position once and is remembered (a second question reports nothing), and
whatever is tried inside a named rule or a lookahead is silent. Text is handled in UTF-16 units, as JavaScript has it."""

MARK = "@kuery-wildcard@"
BLANKS = " \t\r\n\u00a0"
TRIMMED = "\t\n\v\f\r \u00a0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000\ufeff"
SPECIAL = '\\():<>"*{}'
WORDS = {"null": None, "true": True, "false": False}
OPERATORS = (("<=", "lte"), (">=", "gte"), ("<", "lt"), (">", "gt"))
NO = object()  # a rule that did not match; None is a tree of its own


class Refused(Exception):
    """The query is not KQL. offset counts UTF-16 units."""

    def __init__(self, message, offset):
        super().__init__(message)
        self.message, self.offset = message, offset


def units(text):
    """Text with every character outside the basic plane as its two surrogates."""
    if text.isascii():
        return text
    return "".join(char if ord(char) < 0x10000 else
                   chr(0xD7C0 + (ord(char) >> 10)) + chr(0xDC00 + (ord(char) & 0x3FF)) for char in text)


def whole(text):
    """The inverse of units: pairs become characters, lone surrogates stay."""
    return text if text.isascii() else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def literal(value, quoted=False):
    return {"type": "literal", "value": whole(value) if isinstance(value, str) else value, "isQuoted": quoted}


def wildcard(value):
    return {"type": "wildcard", "value": whole(value)}


def function(name, *arguments):
    return {"type": "function", "function": name, "arguments": list(arguments)}


def parse(text):
    """The tree of a query; raises Refused."""
    return _Parser(units(text)).query()


class _Parser:
    def __init__(self, text):
        self.text, self.end = text, len(text)
        self.silent = 0
        self.furthest, self.expected = 0, set()
        self.memory = {}         # (rule, position) -> (answer, position after it)
        self.blank_asked = set()  # positions where a blank was asked for in vain: Space is a rule too

    # --- what was expected, and where ---

    def miss(self, position, what):
        if self.silent or position < self.furthest:
            return NO, position
        if position > self.furthest:
            self.furthest, self.expected = position, set()
        self.expected.add(what)
        return NO, position

    def refuse(self):
        found = f'"{whole(self.text[self.furthest])}"' if self.furthest < self.end else "end of input"
        raise Refused(f"Expected {', '.join(sorted(self.expected))} but {found} found.", self.furthest)

    def recall(self, rule, position):
        """The rule's answer at a position, worked out the first time only."""
        key = rule, position
        answer = self.memory.get(key)
        if answer is None:
            answer = self.memory[key] = getattr(self, rule)(position)
        return answer

    def named(self, rule, position, name):
        """A rule that is reported by its own name: nothing within it is."""
        key = name, position
        answer = self.memory.get(key)
        if answer is None:
            self.silent += 1
            answer = getattr(self, rule)(position)
            self.silent -= 1
            if answer[0] is NO:
                self.miss(position, name)
            self.memory[key] = answer
        return answer

    def token(self, position, text):
        """The position after a literal token, or None."""
        if self.text.startswith(text, position):
            return position + len(text)
        self.miss(position, f'"{text}"')
        return None

    # --- blanks and keywords ---

    def blank(self, position):
        if position < self.end and self.text[position] in BLANKS:
            return True
        if position not in self.blank_asked:
            self.blank_asked.add(position)
            self.miss(position, "whitespace")
        return False

    def blanks(self, position):
        while self.blank(position):
            position += 1
        return position

    def word(self, position, word):
        return self.text[position:position + len(word)].lower() == word and position + len(word) <= self.end

    def keyword(self, position, word, leading):
        start = position
        if leading:
            position = self.blanks(position)
            if position == start:
                return NO, start
        if not self.word(position, word):
            return NO, start
        after = self.blanks(position + len(word))
        return (True, after) if after > position + len(word) else (NO, start)

    def either(self, position):
        return self.keyword(position, "or", True)

    def both(self, position):
        return self.keyword(position, "and", True)

    def negation(self, position):
        return self.keyword(position, "not", False)

    def looks_like_keyword(self, position):
        """One blank on each side is enough to end a literal; NOT needs none before it. Always asked silently."""
        self.silent += 1
        found = self.blank(position) and any(
            self.word(position + 1, word) and self.blank(position + 1 + len(word)) for word in ("or", "and"))
        found = found or (self.word(position, "not") and self.blank(position + 3))
        self.silent -= 1
        return found

    # --- the query ---

    def query(self):
        start = self.blanks(0)
        tree, position = self.recall("or_query", start)
        position = self.blanks(position)
        if position < self.end:
            self.miss(position, "end of input")
            self.refuse()
        return function("is", wildcard(MARK), wildcard(MARK)) if tree is NO else tree

    def chain(self, position, item, joint, name, join):
        """item { joint item }: the joined tree if there were two or more, else the single one."""
        first, after = self.recall(item, position)
        if first is NO:
            return NO, position
        parts = [first]
        while True:
            joined, next_item = self.named(joint, after, name)
            if joined is NO:
                break
            part, beyond = self.recall(item, next_item)
            if part is NO:
                break
            parts.append(part)
            after = beyond
        return (join(parts) if len(parts) > 1 else first), after

    def or_query(self, position):
        return self.chain(position, "and_query", "either", "OR", lambda parts: function("or", *parts))

    def and_query(self, position):
        return self.chain(position, "not_query", "both", "AND", lambda parts: function("and", *parts))

    def not_query(self, position):
        denied, after = self.named("negation", position, "NOT")
        if denied is not NO:
            tree, beyond = self.recall("sub_query", after)
            if tree is not NO:
                return function("not", tree), beyond
        return self.recall("sub_query", position)

    def sub_query(self, position):
        tree, after = self.within(position, "(", "or_query", ")")
        return (tree, after) if tree is not NO else self.recall("nested_query", position)

    def within(self, position, opening, rule, closing):
        inside = self.token(position, opening)
        if inside is None:
            return NO, position
        tree, after = self.recall(rule, self.blanks(inside))
        if tree is NO:
            return NO, position
        closed = self.token(self.blanks(after), closing)
        return (NO, position) if closed is None else (tree, closed)

    def field(self, position):
        """A field name and the position of what follows its blanks."""
        name, after = self.named("field_name", position, "field name")
        return (NO, position) if name is NO else (name, self.blanks(after))

    def field_name(self, position):
        return self.named("any_literal", position, "literal")

    def nested_query(self, position):
        path, after = self.field(position)
        if path is not NO:
            after = self.token(after, ":")
            if after is not None:
                tree, beyond = self.within(self.blanks(after), "{", "or_query", "}")
                if tree is not NO:
                    return function("nested", path, tree), beyond
        return self.recall("expression", position)

    def expression(self, position):
        for rule in ("range_expression", "field_expression"):
            tree, after = self.recall(rule, position)
            if tree is not NO:
                return tree, after
        value, after = self.named("value", position, "value")
        return (NO, position) if value is NO else (value(literal(None)), after)

    def range_expression(self, position):
        name, after = self.field(position)
        if name is NO:
            return NO, position
        for sign, operator in OPERATORS:
            bound = self.token(after, sign)
            if bound is None:
                continue
            value, beyond = self.named("any_literal", self.blanks(bound), "literal")
            return (NO, position) if value is NO else (function("range", name, operator, value), beyond)
        return NO, position

    def field_expression(self, position):
        name, after = self.field(position)
        if name is NO:
            return NO, position
        after = self.token(after, ":")
        if after is None:
            return NO, position
        values, beyond = self.recall("values", self.blanks(after))
        return (NO, position) if values is NO else (values(name), beyond)

    # --- what stands after a field: functions from the field to a tree ---

    def values(self, position):
        made, after = self.within(position, "(", "or_values", ")")
        return (made, after) if made is not NO else self.named("value", position, "value")

    def or_values(self, position):
        return self.chain(position, "and_values", "either", "OR", lambda parts: lambda field: function(
            "or", *(part(field) for part in parts)))

    def and_values(self, position):
        return self.chain(position, "not_values", "both", "AND", lambda parts: lambda field: function(
            "and", *(part(field) for part in parts)))

    def not_values(self, position):
        denied, after = self.named("negation", position, "NOT")
        if denied is not NO:
            made, beyond = self.recall("values", after)
            if made is not NO:
                return (lambda field: function("not", made(field))), beyond
        return self.recall("values", position)

    def value(self, position):
        node, after = self.any_literal(position)
        return (NO, position) if node is NO else ((lambda field: function("is", field, node)), after)

    # --- literals: always within a named rule, hence silent; only what they ask of blanks is remembered ---

    def any_literal(self, position):
        node, after = self.recall("quoted", position)
        return (node, after) if node is not NO else self.recall("unquoted", position)

    def quoted(self, position):
        text, start = self.text, position
        if not text.startswith('"', position):
            return NO, position
        position += 1
        taken = []
        while position < self.end:
            char, after = self.escape(position)
            if char is None and text.startswith(("\\\\", '\\"'), position):
                char, after = text[position + 1], position + 2
            if char is None:
                if text[position] == '"':
                    return literal("".join(taken), True), position + 1
                char, after = text[position], position + 1
            taken.append(char)
            position = after
        return NO, start

    def escape(self, position):
        r"""What \t \r \n and \uXXXX stand for, which is the same with quotes and without."""
        text = self.text
        if text[position] != "\\":
            return None, position
        kind = text[position + 1:position + 2]
        if kind and kind in "trn":
            return {"t": "\t", "r": "\r", "n": "\n"}[kind], position + 2
        digits = text[position + 2:position + 6]
        if kind == "u" and len(digits) == 4 and all(digit in "0123456789abcdefABCDEF" for digit in digits):
            return chr(int(digits, 16)), position + 6
        return None, position

    def unquoted(self, position):
        start, taken, starred = position, [], False
        while True:
            char, after = self.character(position)
            if char is None:
                break
            starred = starred or char is MARK
            taken.append(char)
            position = after
        if not taken:
            return NO, start
        text = "".join(taken).strip(TRIMMED)
        if text in WORDS:
            return literal(WORDS[text]), position
        return (wildcard(text) if starred else literal(text)), position

    def character(self, position):
        text = self.text
        char = text[position:position + 1]
        if char == "\\":
            taken, after = self.escape(position)
            if taken is not None:
                return taken, after
            following = text[position + 1:position + 2]
            if following and following in SPECIAL:
                return following, position + 2
            for word in ("or", "and", "not"):
                if self.word(position + 1, word):
                    return text[position + 1:position + 1 + len(word)], position + 1 + len(word)
            return None, position
        if char == "*":
            return MARK, position + 1
        if char and char in SPECIAL:
            return None, position
        if self.looks_like_keyword(position) or not char:
            return None, position
        return char, position + 1
