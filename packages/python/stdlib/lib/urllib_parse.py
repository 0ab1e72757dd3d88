from collections import namedtuple

_unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~"


class _Location:
    """What ParseResult and SplitResult share."""

    @property
    def hostname(self):
        host = self.netloc.rpartition("@")[2]
        if host.startswith("["):
            host = host[1:].partition("]")[0]
        else:
            host = host.partition(":")[0]
        return host.lower() or None

    @property
    def port(self):
        tail = self.netloc.rpartition("@")[2].rpartition("]")[2]
        number = tail.partition(":")[2]
        return int(number) if number else None

    @property
    def username(self):
        user, at, _ = self.netloc.rpartition("@")
        return user.partition(":")[0] if at else None

    @property
    def password(self):
        user, at, _ = self.netloc.rpartition("@")
        _, colon, secret = user.partition(":")
        return secret if colon else None


class SplitResult(_Location, namedtuple("SplitResult", "scheme netloc path query fragment")):
    def geturl(self):
        return urlunsplit(self)


class ParseResult(_Location, namedtuple("ParseResult", "scheme netloc path params query fragment")):
    def geturl(self):
        return urlunparse(self)


def urlsplit(url, scheme="", allow_fragments=True):
    netloc = query = fragment = ""
    head, colon, rest = url.partition(":")
    if colon and head and head[0].isalpha() and all(c.isalnum() or c in "+-." for c in head):
        scheme, url = head.lower(), rest
    if url.startswith("//"):
        end = min([i for i in (url.find(c, 2) for c in "/?#") if i >= 0] or [len(url)])
        netloc, url = url[2:end], url[end:]
    if allow_fragments:
        url, _, fragment = url.partition("#")
    url, _, query = url.partition("?")
    return SplitResult(scheme, netloc, url, query, fragment)


def urlparse(url, scheme="", allow_fragments=True):
    parts = urlsplit(url, scheme, allow_fragments)
    path, params = parts.path, ""
    if ";" in path.rpartition("/")[2]:
        head, slash, last = path.rpartition("/")
        last, _, params = last.partition(";")
        path = head + slash + last
    return ParseResult(parts.scheme, parts.netloc, path, params, parts.query, parts.fragment)


def urlunsplit(parts):
    scheme, netloc, url, query, fragment = parts
    if netloc or (scheme in ("http", "https", "file", "ftp") and url[:2] != "//"):
        if url and url[0] != "/":
            url = "/" + url
        url = "//" + netloc + url
    if scheme:
        url = scheme + ":" + url
    if query:
        url += "?" + query
    if fragment:
        url += "#" + fragment
    return url


def urlunparse(parts):
    scheme, netloc, url, params, query, fragment = parts
    if params:
        url += ";" + params
    return urlunsplit((scheme, netloc, url, query, fragment))


def urljoin(base, url, allow_fragments=True):
    if not base:
        return url
    if not url:
        return base
    b, u = urlsplit(base), urlsplit(url, urlsplit(base).scheme)
    if u.scheme != b.scheme:
        return url
    if u.netloc:
        return urlunsplit(u)
    path, query = u.path, u.query
    if not path:
        return urlunsplit((b.scheme, b.netloc, b.path, query or b.query, u.fragment))
    if path.startswith("/"):
        segments = path.split("/")
    else:
        segments = b.path.split("/")[:-1] + path.split("/")
    out = []
    for i, s in enumerate(segments):
        if s == "..":
            if len(out) > 1 or out and out[0]:
                out.pop()
        elif s != ".":
            out.append(s)
        if s in (".", "..") and i == len(segments) - 1:
            out.append("")
    path = "/".join(out)
    if b.netloc and not path.startswith("/"):
        path = "/" + path
    return urlunsplit((b.scheme, b.netloc, path, query, u.fragment))


def urldefrag(url):
    parts = urlsplit(url)
    return urlunsplit(parts[:4] + ("",)), parts.fragment


def quote(string, safe="/", encoding="utf-8", errors="strict"):
    out = ""
    for byte in string.encode(encoding, errors) if isinstance(string, str) else string:
        c = chr(byte)
        out += c if byte < 128 and (c in _unreserved or c in safe) else "%{:02X}".format(byte)
    return out


def quote_plus(string, safe=""):
    return quote(string, safe + " ").replace(" ", "+")


def unquote(string, encoding="utf-8", errors="replace"):
    parts = string.split("%")
    out = parts[0].encode("utf-8")
    for part in parts[1:]:
        try:
            out += bytes([int(part[:2], 16)]) + part[2:].encode("utf-8")
        except ValueError:
            out += b"%" + part.encode("utf-8")
    return out.decode(encoding, errors)


def unquote_plus(string, encoding="utf-8", errors="replace"):
    return unquote(string.replace("+", " "), encoding, errors)


def urlencode(query, doseq=False):
    pairs = query.items() if hasattr(query, "items") else query
    out = []
    for key, value in pairs:
        values = value if doseq and not isinstance(value, str) else [value]
        for v in values:
            out.append(quote_plus(str(key)) + "=" + quote_plus(str(v)))
    return "&".join(out)


def parse_qsl(qs, keep_blank_values=False):
    pairs = []
    for part in qs.split("&"):
        key, _, value = part.partition("=")
        if part and (value or keep_blank_values):
            pairs.append((unquote_plus(key), unquote_plus(value)))
    return pairs


def parse_qs(qs, keep_blank_values=False):
    result = {}
    for key, value in parse_qsl(qs, keep_blank_values):
        result.setdefault(key, []).append(value)
    return result
