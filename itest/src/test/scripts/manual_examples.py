#!/usr/bin/env python3
"""manual_examples.py FOLDER > manual_examples.txt

Reads the pages (*.md) of a checkout of the manual and prints the configuration examples in them as test data: names of
stanzas and options and their values, laid out anew; comments and prose stay behind. An entry is

    == PAGE NUMBER            the page, and which of its fenced blocks it is
    OPTION = VALUE …          the example

Blocks that are no configuration are dropped by the rules below; how many by which goes to the error output, with
--dropped their first lines too.
"""
import collections
import pathlib
import re
import sys

# pages about other languages and other programs
OTHER_PAGES = re.compile(r"^(lua|sieve|upgrade|byb|web-ui|install|p|snmp-mib|riak|postgresql|new_installation|add_remove|node_remove|modules.live.bounce.updates)(\b|_)")

DROPPED_IF = [
    ("prompt", r"^\s*(\$ |% |# (/|\w+ -)|#!|~#|shell>|sql>|mysql>|psql|ecelerity>|[\w.@:/~-]+[>\]][#$]? |\d\d:\d\d:\d\d )"),
    ("Lua", r"^\s*(local \w+|function |require ?\(|msys\.|end$|end\)|for .* do$|if .* then$|print ?\(|return )"),
    ("Sieve", r";\s*$"),
    ("JSON", r"^\s*\"[^\"\n]*\"\s*:|\A\s*[{\[]"),
    ("XML", r"^\s*</?[\w:!?-]+"),
    ("SMTP", r"^\s*([2345]\d\d[ -]|(HELO |EHLO |MAIL FROM|RCPT TO|[A-Z][\w-]+: ))"),
    ("SQL", r"(?i)^\s*(select|insert|create|update|grant|alter)\s"),
    ("template", r"\{\{|<[a-z_ ]+>"),
    ("shell variable", r"^\s*(export )?[A-Z_]{3,}=\S"),
    ("C", r"^\s*(#include|typedef|struct |int |void |char |unsigned )"),
    ("log line", r"^\s*\d{6,}|^\s*\w{3} \d\d? \d\d:"),
]
# the stanzas that examples of a part leave out
PART_OF = {"listen": "ESMTP_Listener", "destination": "SNMP_Traps", "watch_variables": "SNMP_Traps"}
WORD_END = set(" \t\r\n\f#\"'={}[]()")


class NotConfiguration(Exception):
    pass


def clean(block):
    """Takes the emphasis of the page and the placeholders out."""
    block = block.replace("**", "").replace("\u201c", '"').replace("\u201d", '"').replace("&lt;", "<").replace("&gt;", ">")
    block = re.sub(r"\s*»\s*\n?\s*", " ", block)
    block = re.sub(r"(?m)^[ \t]*(\.+|…|\.\.\. .* \.\.\.|\.\.\.\")[ \t]*$", "", block)
    block = re.sub(r"<[^<>\n]*default:? (\w+)>", r"\1", block)
    block = re.sub(r"= *<(\w+)>", r'= "\1"', block)
    block = re.sub(r"(?m)^[ \t]*<(options|\.\.\.)>[ \t]*$", "", block)
    block = re.sub(r"\{\s*(\.\.\.|…)\s*\}", "{ }", block)
    return re.sub(r"\s(\.\.\.|…)(?=\s)", " ", block)


def tokens(text):
    i, comma = 0, 0
    while i < len(text):
        c = text[i]
        if c in " \t\r\n\f":
            i += 1
        elif c == "#":
            while i < len(text) and text[i] != "\n":
                i += 1
        elif text.startswith("/*", i):
            end = text.find("*/", i)
            if end < 0:
                raise NotConfiguration("open comment")
            i = end + 2
        elif c in "\"'":
            end = i + 1
            while end < len(text) and text[end] != c:
                end += 2 if text[end] == "\\" and text[end + 1 : end + 2] in (c, "\\") else 1
            if end >= len(text):
                raise NotConfiguration("open string")
            yield ("text", text[i : end + 1])
            i = end + 1
        elif c in "={}[]()":
            comma += (c in "[(") - (c in "])")
            yield ("sign", c)
            i += 1
        elif c == "," and comma > 0:
            i += 1
        else:
            end = i
            while end < len(text) and text[end] not in WORD_END and not (text[end] == "," and comma > 0):
                end += 1
            yield ("text", text[i:end])
            i = end
    yield ("end", "")


class Parser:
    def __init__(self, text):
        self.tokens = list(tokens(text))
        self.i = 0
        self.out = []

    def next(self):
        token = self.tokens[self.i]
        self.i += 1
        return token

    def body(self, indent, inside):
        count = 0
        while True:
            kind, name = self.next()
            if kind == "end":
                self.i -= 1  # what the page leaves open is closed
                return count
            if (kind, name) == ("sign", "}") and inside:
                return count
            if kind != "text" or name[0] in "\"'":
                raise NotConfiguration(f"found {name!r} for a name")
            count += 1
            kind, after = self.next()
            if name.lower() in ("include", "readonly_include") and kind == "text":
                self.out.append(f"{indent}{name} {after}")
            elif (kind, after) == ("sign", "="):
                kind, first = self.next()
                if (kind, first) == ("sign", "{"):
                    self.stanza(f"{indent}{name} = {{", indent)
                else:
                    self.out.append(f"{indent}{name} = {self.value(kind, first)}")
            elif (kind, after) in (("sign", "["), ("sign", "(")):
                self.out.append(f"{indent}{name} {self.value(kind, after)}")
            elif (kind, after) == ("sign", "{"):
                self.stanza(f"{indent}{name} {{", indent)
            elif kind == "text" and self.tokens[self.i] == ("sign", "{"):
                self.next()
                self.stanza(f"{indent}{name} {after} {{", indent)
            else:
                raise NotConfiguration(f"found {after!r} behind {name}")

    def stanza(self, head, indent):
        self.out.append(head)
        self.body(indent + "  ", True)
        self.out.append(indent + "}")

    def value(self, kind, first):
        if kind == "text":
            return re.sub(r"\s+", " ", first)
        if first not in "([":
            raise NotConfiguration(f"found {first!r} for a value")
        closing = ")" if first == "(" else "]"
        parts = []
        while True:
            kind, token = self.next()
            if (kind, token) == ("sign", closing):
                return f"{first} {' '.join(parts)} {closing}" if parts else first + closing
            if kind == "end" or token in ("{", "}", ")", "]"):
                raise NotConfiguration(f"found {token!r} in a list")
            parts.append("=" if token == "=" else self.value(kind, token))


def inside(page, lines):
    """Puts fragments into the stanza that they are a part of."""
    module = re.match(r"modules\.(\w+)$", page)
    if module and not any(line.endswith("{") for line in lines):
        return within(module.group(1), lines)
    opened = [line.lower() for line in lines if line.endswith("{") and line[0] != " "]
    if opened and all(line.startswith("listen ") for line in opened):
        return within("ESMTP_Listener", lines)
    result, entry = [], []
    for line in lines:
        entry.append(line)
        if line.startswith(" ") or line.endswith("{"):
            continue
        around = PART_OF.get(re.split(r"\W", entry[0].lower(), maxsplit=1)[0])
        result += within(around, entry) if around else entry
        entry = []
    return result + entry


def within(stanza, lines):
    return [stanza + " {"] + ["  " + line for line in lines] + ["}"]


def main(folder, show):
    counts = collections.Counter()
    for page in sorted(pathlib.Path(folder).glob("*.md")):
        if OTHER_PAGES.match(page.stem):
            continue
        text = page.read_text(encoding="utf-8", errors="replace")
        for number, block in enumerate(re.findall(r"(?ms)^[ \t]*```[^\n]*\n(.*?)^[ \t]*```", text), 1):
            counts["fenced blocks"] += 1
            block = clean(block)
            outside = re.sub(r"(\"[^\"\n]*\"|'[^'\n]*')(?!\s*:)", '""', block)
            why = next((rule for rule, regex in DROPPED_IF if re.search(regex, outside, re.M)), None)
            lines = []
            if why is None:
                parser = Parser("")
                try:
                    parser = Parser(block)
                    if parser.body("", False) == 0:
                        why = "nothing but a comment"
                    lines = parser.out
                except NotConfiguration as e:
                    why = "no configuration by its syntax"
                    if show:
                        print(f"-- {page.stem} {number}: {e}", file=sys.stderr)
            if why is None:
                lines = inside(page.stem, lines)
                counts["examples"] += 1
                print(f"== {page.stem} {number}")
                print("\n".join(lines))
            else:
                counts["dropped: " + why] += 1
                if show:
                    print(f"-- {page.stem} {number} {why}:\n{block[:400]}", file=sys.stderr)
    for what, count in sorted(counts.items()):
        print(f"{count:5} {what}", file=sys.stderr)


if __name__ == "__main__":
    arguments = [a for a in sys.argv[1:] if a != "--dropped"]
    if len(arguments) != 1:
        sys.exit(__doc__)
    main(arguments[0], "--dropped" in sys.argv)
