"""Running isplit and reading the CSV files it writes."""
import csv
import os
import subprocess
import tempfile
from typing import NamedTuple

import numpy

PROGRAM = os.environ.get('ISPLIT', './isplit')
TIMEOUT = 300


class Images(NamedTuple):
    """The images CSV; NaN stands for an empty cell."""
    paths: list
    class_index: numpy.ndarray
    names: list
    top: numpy.ndarray
    score: numpy.ndarray
    layers: list
    rows: numpy.ndarray


class Run(NamedTuple):
    """One `isplit curve`: the rows of two CSVs as dicts of text, the images, and the bytes of all three."""
    curve: list
    classes: list
    images: Images
    content: dict


def isplit(*arguments):
    """Run the program; anything but success is an error with what it said. -> what it wrote"""
    run = subprocess.run([PROGRAM, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         timeout=TIMEOUT, check=False)
    if run.returncode:
        raise RuntimeError('%s ended with %d: %s' % (' '.join(map(str, (PROGRAM, *arguments))), run.returncode,
                                                     run.stderr.decode(errors='replace').strip()))
    return run.stdout


def layers(cfg, *options):
    """The indices that `isplit layers` lists."""
    return [int(row['layer']) for row in read_table(isplit('layers', cfg, *options))]


def curve(cfg, weights, data, *options):
    """Run `isplit curve` and read back everything it writes."""
    with tempfile.TemporaryDirectory() as folder:
        files = {name: os.path.join(folder, name + '.csv') for name in ('curve', 'images', 'classes')}
        isplit('curve', cfg, weights, '-d', data, '--no-store', *options, '-o', files['curve'],
               '--images-csv', files['images'], '--classes-csv', files['classes'])
        content = {name: open_bytes(path) for name, path in files.items()}
    tables = {name: read_table(text) for name, text in content.items()}
    return Run(tables['curve'], tables['classes'], read_images_table(tables['images']), content)


def open_bytes(path):
    with open(path, 'rb') as file:
        return file.read()


def read_table(content):
    return list(csv.DictReader(content.decode().splitlines()))


def number(text):
    return float(text) if text else numpy.nan


def layer_columns(table):
    """[(column name, layer index)] of the columns L<layer>."""
    return [(name, int(name[1:])) for name in table[0] if name[0] == 'L' and name[1:].isdigit()]


def layer_cells(table):
    """[rows][layers] of the columns L<layer>."""
    return numpy.array([[number(row[name]) for name, _ in layer_columns(table)] for row in table])


def read_images_table(table):
    return Images([row['image'] for row in table],
                  numpy.array([int(row['class_index']) for row in table]),
                  [row['class'] for row in table],
                  numpy.array([int(row['top_index']) for row in table]),
                  numpy.array([number(row['score']) for row in table]),
                  [layer for _, layer in layer_columns(table)],
                  layer_cells(table))
