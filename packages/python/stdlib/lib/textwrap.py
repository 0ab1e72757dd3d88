def dedent(text):
    """Removes the blanks that all lines begin with."""
    lines = [line if line.strip(" \t") else "" for line in text.split("\n")]
    margin = None
    for line in lines:
        if not line:
            continue
        lead = line[: len(line) - len(line.lstrip(" \t"))]
        if margin is None:
            margin = lead
        while not lead.startswith(margin):
            margin = margin[:-1]
    return "\n".join(line[len(margin or "") :] for line in lines)


def indent(text, prefix, predicate=None):
    def wanted(line):
        return predicate(line) if predicate else line.strip()

    return "".join(prefix + line if wanted(line) else line for line in text.splitlines(True))


def wrap(text, width=70, initial_indent="", subsequent_indent=""):
    lines, line = [], ""
    for word in text.split():
        lead = subsequent_indent if lines else initial_indent
        if line and len(lead) + len(line) + 1 + len(word) > width:
            lines.append(lead + line)
            line = ""
            lead = subsequent_indent
        room = max(width - len(lead), 1)
        while not line and len(word) > room:
            lines.append(lead + word[:room])
            word = word[room:]
            lead = subsequent_indent
        line = line + " " + word if line else word
    if line:
        lines.append((subsequent_indent if lines else initial_indent) + line)
    return lines


def fill(text, width=70, initial_indent="", subsequent_indent=""):
    return "\n".join(wrap(text, width, initial_indent, subsequent_indent))
