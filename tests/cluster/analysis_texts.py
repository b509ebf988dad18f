"""Texts on which an analyzer can go wrong: every code point in several surroundings, and seeded random texts of what logs
hold, mixed with what makes word breaking hard. analysis_test.py asks a node and the program what becomes of them."""
import random
import sys

_PRIVATE = [range(0xE000, 0xF900), range(0xF0000, 0x110000)]
_SURROGATES = range(0xD800, 0xE000)

# Pieces of texts: scripts, marks, what joins and what separates.
_LETTERS = ["a", "B", "z", "é", "ß", "İ", "ǅ", "Σ", "ς", "Ж", "ё", "א", "ש", "ג", "ع", "ب", "ਕ", "क", "ष", "௳", "ა", "Ა", "Ꭰ", "ꭰ", "ɐ", "ª",
            "ᏸ", "ﬁ", "ŉ", "𐐀", "𝒜", "ⓐ", "Ⅷ", "՚", "՛", "˗"]
_ASIAN = ["漢", "字", "々", "〆", "〇", "ひ", "ら", "カ", "ナ", "ー", "ｶ", "ﾞ", "한", "글", "ㄱ", "ᄀ", "ᅡ", "ㄅ", "ꀀ", "𠀀", "豈", "㐀", "ゝ", "ヽ",
          "〱", "゛", "・", "。", "、"]
_COMPLEX = ["ก", "า", "ี", "่", "ໄ", "ຂ", "ក", "្", "ខ", "မ", "ြ", "ာ", "ၸ", "ᥐ", "ᦀ", "ᨠ", "ꪀ", "๑", "໑", "០", "၁", "ๆ", "፼"]
_DIGITS = ["0", "7", "42", "1024", "٣", "५", "𝟘", "４", "²", "½", "①", "১"]
_JOINERS = [".", ",", ":", ";", "'", "\"", "_", "’", "․", "·", "״", "׳", "‿", "．", "，", "：", "٫", "٬", "⁀", "﹍", "＿", "‘", "᾿", "։", "٪"]
_MARKS = ["\u0301", "\u0308", "\u200d", "\ufe0f", "\ufe0e", "\u00ad", "\u200b", "\u200c", "\u2060", "\u0e31", "\u093f", "\u20e3", "\ufeff",
          "\U000e0067", "\U000e007f", "\u3099", "\u061c", "\u180e", "\u0600", "\u06dd"]
_EMOJI = ["😀", "👍", "🏽", "👩", "💻", "❤", "🇩", "🇪", "🇫", "🇷", "#", "*", "©", "™", "🏴", "☕", "⌚", "👨", "👧", "🦰", "♀", "〰", "㊗", "🀄", "↔",
          "\U0001fae8", "\U0001f6dc", "🏳", "🌈", "☠", "⚕", "ℹ", "Ⓜ"]
_BLANKS = [" ", "\t", "\n", "\r\n", "\u00a0", "\u2003", "\u2028", "\u3000", "\u0085", "\u000b", "\u202f", "\u1680", "\x1f", "\x00"]
_SIGNS = list("!#$%&()*+-/<=>?@[\\]^`{|}~") + ["—", "…", "«", "€", "§", "°", "→", "∑", "─", "\u007f", "\ufffd", "\U000f0000", "\ue000", "\uffff"]
_LOGS = ["C:\\Windows\\System32\\cmd.exe", "/usr/bin/python3.11", "https://user:pw@ex-ample.co.uk:8443/a/b.php?x=1&y=%20z#frag",
         "powershell -EncodedCommand SQBFAFgA==", "10.0.0.1", "fe80::1%eth0", "S-1-5-21-3623811015-3361044348", "foo_bar__baz", "a.b.c",
         "O'Neil's", "1,024.50", "1'000", "3.14e-10", "v1.2.3-rc.4+b5", "{4f1c-AA}", "user@host.com", "\\\\srv\\share$", "HKLM\\Run", "__init__",
         "The", "and", "of", "rock'n'roll", "x=\"y z\"", "--flag=val", "2024-01-02T03:04:05.678+09:00", "%TEMP%", "$env:PATH", "0xDEADBEEF"]
_FAMILIES = [(_LETTERS, 8), (_ASIAN, 4), (_COMPLEX, 3), (_DIGITS, 5), (_JOINERS, 7), (_MARKS, 4), (_EMOJI, 3), (_BLANKS, 4), (_SIGNS, 3),
             (_LOGS, 4)]


def code_points():
    """Every code point that can be one of a text, but those of private use."""
    return [code for code in range(sys.maxunicode + 1) if code not in _SURROGATES and not any(code in area for area in _PRIVATE)]


def surroundings(code):
    """Texts, one a line, that show what a code point does by itself, between letters, digits and kana, and before a mark."""
    c = chr(code)
    return f"{c}\na{c}b\n1{c}2\nカ{c}カ\n{c}\u0301{c}\nא{c}א\n漢{c}\u200d\n"


def random_texts(count, seed):
    """`count` texts of mixed pieces: most short, some long enough to be cut."""
    chance = random.Random(seed)
    families, weights = zip(*_FAMILIES, strict=True)
    texts = []
    for number in range(count):
        few = chance.sample(range(len(families)), chance.randint(1, len(families)))
        picked = [families[i] for i in few]
        weighed = [weights[i] for i in few]
        length = chance.randint(1, 14) if number % 50 else chance.randint(200, 400)
        pieces = [chance.choice(chance.choices(picked, weighed)[0]) for _ in range(length)]
        if number % 50 == 25:
            pieces.insert(0, chance.choice(["x", "_", "漢", "ก", "7", "é", "𐐀", "カ", "😀", "א"]) * chance.randint(250, 520))
        texts.append("".join(pieces))
    return texts
