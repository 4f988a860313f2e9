"""Numbers and tables as Markdown."""
import textwrap
from math import isfinite

SHOWN = 8


def span(found, digits=2):
    """A mean with its interval."""
    mean, low, high = found
    if not isfinite(mean):
        return '-'
    return f'{mean:.{digits}f}' + (f' [{low:.{digits}f}, {high:.{digits}f}]' if isfinite(low) else '')


def table(head, rows):
    lines = [head, ['---'] * len(head), *rows]
    return '\n'.join('| ' + ' | '.join(map(str, row)) + ' |' for row in lines) + '\n'


def listed(names):
    """The names, or the first ones and how many more."""
    more = len(names) - SHOWN
    return ', '.join(names[:SHOWN]) + (f', and {more} more' if more > 0 else '')


def paragraph(text):
    """One, in lines of the house's width."""
    return textwrap.fill(' '.join(text.split()), 118, break_long_words=False, break_on_hyphens=False) + '\n'
