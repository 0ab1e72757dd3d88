import re

_safe = re.compile(r"[\w@%+=:,./-]+", re.ASCII)


def quote(s):
    if not s:
        return "''"
    if _safe.fullmatch(s):
        return s
    return "'" + s.replace("'", "'\"'\"'") + "'"


def join(words):
    return " ".join(quote(w) for w in words)


def split(s, comments=False, posix=True):
    if not posix:
        raise NotImplementedError("shlex.split(posix=False) is not supported")
    words, word, i = [], None, 0
    while i < len(s):
        c = s[i]
        i += 1
        if c in " \t\r\n":
            if word is not None:
                words.append(word)
                word = None
        elif c == "#" and comments:
            end = s.find("\n", i)
            i = len(s) if end < 0 else end
        elif c == "'":
            end = s.find("'", i)
            if end < 0:
                raise ValueError("No closing quotation")
            word = (word or "") + s[i:end]
            i = end + 1
        elif c == '"':
            word = word or ""
            while True:
                if i >= len(s):
                    raise ValueError("No closing quotation")
                c = s[i]
                i += 1
                if c == '"':
                    break
                if c == "\\" and i < len(s) and s[i] in '"\\':
                    c = s[i]
                    i += 1
                word += c
        elif c == "\\":
            if i >= len(s):
                raise ValueError("No escaped character")
            word = (word or "") + s[i]
            i += 1
        else:
            word = (word or "") + c
    if word is not None:
        words.append(word)
    return words
