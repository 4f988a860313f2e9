#!/usr/bin/python3
"""Sizes of memory: no call that asks for some has a product in its arguments, which could wrap around unnoticed.

Run from anywhere:  tests/e2e/test_sizes.py [unittest options]
"""
import re
import unittest
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
# mmap is base's and the arena's business, and has one size.
ASKING = re.compile(r'\b(memory_new|memory_new_try|memory_grow|memory_try|malloc|calloc|realloc|aligned_alloc|alloca)\(')
# clang-format puts blanks on both sides of a product, never of a pointer.
PRODUCT = re.compile(r' (\*|<<) ')
# What checks the products itself.
OWN = 'engine/base/memory.c'


def arguments(text, start):
    """What stands in the parentheses that open before `start`."""
    depth = 1
    for end in range(start, len(text)):
        depth += {'(': 1, ')': -1}.get(text[end], 0)
        if depth == 0:
            return ' '.join(text[start:end].split())
    return text[start:]


def calls(text):
    for call in ASKING.finditer(text):
        yield call.group(1), arguments(text, call.end())


class Sizes(unittest.TestCase):
    def test_no_products(self):
        wrong, n = [], 0
        for path in sorted([*TOP.glob('engine/**/*.c'), *TOP.glob('tui/**/*.c')]):
            if path != TOP / OWN:
                for name, inside in calls(path.read_text(encoding='utf-8')):
                    n += 1
                    if PRODUCT.search(inside):
                        wrong.append('%s: %s(%s)' % (path.relative_to(TOP), name, inside))
        self.assertEqual(wrong, [], '\n'.join(wrong))
        self.assertGreater(n, 200)

    def test_complaints(self):
        """The rule itself: it is broken here, and kept here."""
        for text in ('p = memory_try((size_t)n * sizeof *p);', 'memory_new(a *\n    (size_t)b, 1)', 'malloc(2 * n + 1)',
                     'realloc(p, n << 2)', 'memory_new(1, c * sizeof *p)'):
            self.assertTrue(any(PRODUCT.search(inside) for _, inside in calls(text)), text)
        for text in ('memory_new((size_t)n, sizeof *p)', 'memory_new(n, sizeof(char *)) * 2', 'memory_try(n, sizeof(float[2]))',
                     'memory_new(memory_product(a, b), sizeof(const char *[2]))', 'memory_new(*n, 1)'):
            self.assertFalse(any(PRODUCT.search(inside) for _, inside in calls(text)), text)


if __name__ == '__main__':
    unittest.main()
