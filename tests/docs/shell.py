"""The commands of a piece of shell, as far as pages use it."""

from __future__ import annotations

import re

#: Words before a command that say who runs it or when.
_BEFORE = {"sudo", "exec", "then", "do", "else", "if", "while", "!", "{", "}", "done", "fi"}
_ASSIGNMENT = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*=")
_SUBSTITUTED = re.compile(r"\$\(([^()]+)\)")


def commands(text: str) -> list[list[str]]:
    """The words of every simple command, without who runs it, its variables and redirections."""
    found = [_bare(words) for words in _split(text.replace("\\\n", " "))]
    for inner in _SUBSTITUTED.findall(text):
        found += commands(inner)
    return [words for words in found if words]


def _split(text: str) -> list[list[str]]:
    """Words without their quotes, command by command."""
    found: list[list[str]] = [[]]
    word: str | None = None
    quote, at = "", 0
    while at < len(text):
        sign = text[at]
        if quote:
            if sign == quote:
                quote = ""
            else:
                word = (word or "") + sign
        elif sign in "'\"":
            quote, word = sign, word or ""
        elif sign == "#" and word is None:
            at = text.find("\n", at) - 1 if "\n" in text[at:] else len(text)
        elif sign == "$" and text[at + 1 : at + 2] == "(":
            end = text.index(")", at)
            word, at = (word or "") + text[at : end + 1], end
        elif sign.isspace() or _ends(text, at):
            if word is not None:
                found[-1].append(word)
            word = None
            if _ends(text, at):
                found.append([])
        else:
            word = (word or "") + sign
        at += 1
    if word is not None:
        found[-1].append(word)
    return found


def _ends(text: str, at: int) -> bool:
    """Whether a command ends there. In `2>&1` none does."""
    return text[at] in ";|&\n()" and not (text[at] == "&" and text[at - 1] == ">")


def _bare(words: list[str]) -> list[str]:
    """Without what stands before the command and where its output goes."""
    words = list(words)
    while words:
        if words[0] in _BEFORE:
            gone = words.pop(0)
            while gone == "sudo" and words and words[0].startswith("-"):
                option = words.pop(0)
                if option in ("-u", "-g"):
                    words.pop(0)
        elif words[:1] == ["for"]:
            return []
        elif _ASSIGNMENT.match(words[0]):
            words.pop(0)
        else:
            break
    bare: list[str] = []
    skip = False
    for word in words:
        if skip:
            skip = False
        elif re.fullmatch(r"\d*(>>?|<)(&\d)?", word):
            skip = not word.endswith(("1", "2"))
        elif not re.match(r"\d*(>>?|<)\S", word):
            bare.append(word)
    return bare
