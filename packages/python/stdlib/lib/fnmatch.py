import re


def translate(pattern):
    """Gives the regular expression of a shell pattern."""
    out, i = "", 0
    while i < len(pattern):
        c = pattern[i]
        i += 1
        if c == "*":
            out += ".*"
        elif c == "?":
            out += "."
        elif c == "[" and "]" in pattern[i + 1 :]:
            end = pattern.index("]", i + 1)
            chars = pattern[i:end].replace("\\", "\\\\")
            if chars[0] == "!":
                chars = "^" + chars[1:]
            elif chars[0] == "^":
                chars = "\\" + chars
            out += "[" + chars + "]"
            i = end + 1
        else:
            out += re.escape(c)
    return "(?s:" + out + r")\Z"


def fnmatchcase(name, pattern):
    return re.match(translate(pattern), name) is not None


def fnmatch(name, pattern):
    return fnmatchcase(name, pattern)


def filter(names, pattern):
    expression = re.compile(translate(pattern))
    return [n for n in names if expression.match(n)]
