#!/usr/bin/python3
"""The tables cut x dtype x coder of tui/manual/features.md, in Markdown, of files that isplit features wrote.

    isplit features cfg/letters-vgg16.cfg weights/letters-vgg16.weights -d tests/samples/letters --exact -o vgg16.csv
    tests/bench/table_features.py vgg16.csv

Numbers are kB (1000 bytes) of a mean frame by each coder, to three digits; the last line of a cut is the share of the
images in % whose answer stays the same. A cut is named by the number of its layer (isplit layers has the names).
"""
import csv
import sys

CODERS = ('none', 'zstd', 'lzma')


def digits(value):
    return '%.0f' % value if value >= 100 else '%.3g' % value


def cuts(rows):
    """{layer: {(dtype, coder): row}} in the order of the file."""
    found = {}
    for row in rows:
        if row['layer']:
            found.setdefault(row['layer'], {})[row['dtype'], row['coder']] = row
    return found


def lines(path):
    with open(path, encoding='utf-8', newline='') as file:
        rows = list(csv.DictReader(file))
    dtypes = list(dict.fromkeys(row['dtype'] for row in rows if row['layer']))
    yield '| layer | | ' + ' | '.join(dtypes) + ' |'
    yield '|---|---|' + '---|' * len(dtypes)
    for layer, cells in cuts(rows).items():
        for coder in CODERS:
            if (dtypes[0], coder) in cells:
                sizes = [digits(float(cells[dtype, coder]['coded_bytes']) / 1000) for dtype in dtypes]
                yield f'| {layer} | {coder} | ' + ' | '.join(sizes) + ' |'
                layer = ''
        first = next(coder for _, coder in cells)
        same = [digits(100 * float(cells[dtype, first]['agreement'])) for dtype in dtypes]
        yield '| | same | ' + ' | '.join(same) + ' |'


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for path in sys.argv[1:]:
        print('\n'.join(lines(path)).replace('|  |', '| |'), end='\n\n')


if __name__ == '__main__':
    main()
