#!/usr/bin/python3
"""Figures of the code's shape, for a look before and after a change:

    tests/measure_code.py [DIR]      a tree; this one unless given

Functions are found by clang-format's layout: a definition begins in the first column and its brace stands alone in
the line behind it.
"""
import re
import sys
from collections import defaultdict
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
ROOMS = ('tui', 'engine')
FUNCTION = re.compile(r'^(?!typedef|struct \w+\s*$|union|enum)[A-Za-z_][\w\s*]*?\b(\w+)\((?:[^;{}]*)\)\n\{', re.M)
NAMED = re.compile(r'^struct (\w+) \{\n(.*?)^\};', re.M | re.S)
INCLUDE = re.compile(r'^#include "([\w/.]+)"', re.M)
SCREEN = 46  # lines


def files_of(top, *endings):
    return sorted(path for room in ROOMS for path in (top / room).rglob('*') if path.suffix in endings)


def without_comments(text):
    return re.sub(r'/\*.*?\*/|//[^\n]*', lambda match: '\n' * match.group().count('\n'), text, flags=re.S)


def functions(top):
    """name -> the files that define it, and the length of each definition."""
    found, lengths = defaultdict(list), []
    for path in files_of(top, '.c'):
        text = without_comments(path.read_text(encoding='utf-8'))
        for match in FUNCTION.finditer(text):
            found[match.group(1)].append(path)
            body = text[match.end():]
            lengths.append((2 + body[:body.find('\n}\n') + 1].count('\n'), match.group(1), path))
    return found, lengths


def members_of(body):
    """Members of a struct; those of an unnamed struct or union in it count each, `int a, b` as two."""
    body = re.sub(r'\([^()]*\)', '', re.sub(r'\([^()]*\)', '', without_comments(body)))
    body = re.sub(r'\[[^\]]*\]', '', body)
    body = re.sub(r'\b(?:struct|union)\s*\{', '', body)
    return sum(1 + statement.count(',') for statement in re.split(r'[;{}]', body) if statement.strip())


def structs(top):
    return [(members_of(match.group(2)), match.group(1), path) for path in files_of(top, '.h')
            for match in NAMED.finditer(without_comments(path.read_text(encoding='utf-8')))]


def room_of(top, path):
    parts = path.relative_to(top).parts[1:]
    return parts[0] if len(parts) > 1 else Path(parts[0]).stem


def includes(top):
    """room -> rooms that it includes."""
    rooms = {path.parent.name for path in files_of(top, '.h')}
    graph = defaultdict(set)
    for path in files_of(top, '.c', '.h'):
        own = room_of(top, path)
        for name in INCLUDE.findall(path.read_text(encoding='utf-8')):
            other = name.split('/')[0]
            if other in rooms and other != own:
                graph[own].add(other)
    return {room: graph.get(room, set()) for room in rooms | graph.keys()}


def cycles(graph):
    """Pairs of rooms that reach each other, directly or through others."""
    def reach(room):
        seen, new = set(), [room]
        while new:
            for other in graph.get(new.pop(), ()):
                if other not in seen:
                    seen.add(other)
                    new.append(other)
        return seen
    reached = {room: reach(room) for room in list(graph)}
    return sorted((a, b) for a in reached for b in reached[a] if a < b and a in reached.get(b, ()))


def lines(paths):
    return sum(path.read_text(encoding='utf-8').count('\n') for path in paths)


def main():
    top = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else TOP
    found, lengths = functions(top)
    definitions = sum(map(len, found.values()))
    shared = {name: paths for name, paths in found.items() if len(set(paths)) > 1}
    again = sum(map(len, shared.values()))
    sizes = sorted(structs(top), key=lambda one: one[0], reverse=True)
    graph = includes(top)
    direct = sorted((a, b) for a in graph for b in graph[a] if a < b and a in graph[b])
    print(f'functions                          {definitions}')
    print(f'  whose name is in several files   {again} ({100 * again / max(definitions, 1):.1f} %)')
    print('    ', ', '.join(f'{name} {len(paths)}' for name, paths in
                            sorted(shared.items(), key=lambda one: -len(one[1]))[:12]))
    print(f'  longest                          {max(lengths)[0]} lines ({max(lengths)[1]})')
    print(f'public structs                     {len(sizes)}')
    print('  largest                         ', ', '.join(f'{name} {n}' for n, name, _ in sizes[:5]))
    print(f'folder cycles                      {len(direct)} pairs include each other {direct}')
    print(f'  with others between              {len(cycles(graph))} pairs')
    for room in ROOMS:
        print(f'lines of {room + "/":26}', lines(path for path in files_of(top, ".c", ".h") if path.relative_to(top).parts[0] == room))
    print('lines of tests/                   ', lines(path for path in (top / 'tests').rglob('*') if path.suffix in ('.c', '.h', '.py')))
    print('lines of README.md                ', lines([top / 'README.md']))


if __name__ == '__main__':
    main()
