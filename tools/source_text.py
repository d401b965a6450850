"""Reads C++ as text: blanks out what is not code, and finds functions by their braces. It is no compiler and knows only
the style of this project: functions open at namespace or class level, and #if branches have balanced braces."""

import re

TOKEN = re.compile(
    r"""
      (?P<raw>R"(?P<tag>[^()\\\s]{0,16})\(.*?\)(?P=tag)")
    | (?P<line>//[^\n]*)
    | (?P<block>/\*.*?\*/)
    | (?P<string>"(?:\\.|[^"\\\n])*")
    | (?P<digits>\b\d[\da-fA-FxX']*\d)
    | (?P<char>'(?:\\.|[^'\\\n])+')
    """,
    re.VERBOSE | re.DOTALL,
)


def blank(text):
    """The same text, line breaks kept, with other characters as spaces."""
    return re.sub(r"[^\n]", " ", text)


def code_only(text):
    """Comments and the insides of literals become spaces; every line keeps its number."""

    def replace(match):
        if match["digits"]:
            return match[0]
        if match["string"] or match["char"]:
            return match[0][0] + blank(match[0][1:-1]) + match[0][-1]
        return blank(match[0])

    return TOKEN.sub(replace, text)


def raw_string_lines(text):
    """Numbers of the lines that a raw string literal touches."""
    found = set()
    for match in TOKEN.finditer(text):
        if match["raw"]:
            first = text.count("\n", 0, match.start()) + 1
            found.update(range(first, first + match[0].count("\n") + 1))
    return found


def without_preprocessor(code):
    return re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda match: blank(match[0]), code, flags=re.MULTILINE)


SCOPE = re.compile(r"^(?:inline\s+)?(?:namespace|extern)\b|^(?:class|struct|union|enum)\b")
TEMPLATE = re.compile(r"^template\s*<")
ATTRIBUTE = re.compile(r"^\[\[[^\]]*\]\]\s*")


def without_template(head):
    """What follows template <...>, however deep its angles are."""
    while TEMPLATE.match(head):
        depth = 0
        for at, letter in enumerate(head):
            depth += {"<": 1, ">": -1}.get(letter, 0)
            if letter == ">" and depth == 0:
                head = head[at + 1:].lstrip()
                break
        else:
            return head
    return head


def kind_of(head):
    """What a brace after this text opens: 'scope' (namespace, class), 'function', or 'data' (an initialiser)."""
    head = ATTRIBUTE.sub("", without_template(" ".join(head.split())))
    head = re.sub(r"^(?:public|private|protected)\s*:\s*", "", head)
    head = ATTRIBUTE.sub("", without_template(head))
    if SCOPE.match(head):
        return "scope"
    assigned = re.search(r"(?<![=!<>+\-*/%&|^])=(?!=)", re.sub(r"operator\s*\S+|\([^()]*\)", "", head))
    if "(" not in head or (assigned and "[" not in head[assigned.end():]):
        return "data"
    return "function"


def functions(text):
    """Pairs (first line, last line) of function bodies with their heads, outermost only."""
    code = without_preprocessor(code_only(text))
    found, stack, head_start = [], [], 0
    for match in re.finditer(r"[{};]", code):
        at, letter = match.start(), match[0]
        inside = any(kind != "scope" for kind, _ in stack)
        if letter == "{":
            start = head_start + len(code[head_start:at]) - len(code[head_start:at].lstrip())
            stack.append((("inner", start) if inside else (kind_of(code[head_start:at]), start)))
        elif letter == "}" and stack:
            kind, start = stack.pop()
            if kind == "function":
                found.append((code.count("\n", 0, start) + 1, code.count("\n", 0, at) + 1))
        head_start = match.end()
    return found
