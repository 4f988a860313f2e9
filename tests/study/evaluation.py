"""One evaluation of all cuts of a network, as `isplit evaluate` left it."""
import csv
from typing import NamedTuple

import numpy as np

from settings import PREDICTORS


TOLD = ('spearman', 'kendall', 'partial')


class Evaluation(NamedTuple):
    """Arrays have a number for each cut; NaN where it is not known."""
    names: list
    accuracy: np.ndarray
    low: np.ndarray       # of its interval
    high: np.ndarray
    in_set: np.ndarray    # it cannot be told apart from the best
    depth: np.ndarray     # share of the multiply-adds that the head has
    predicted: dict       # predictor: its values
    told: dict            # predictor: {of TOLD, the columns of predictors.csv: number}
    right: np.ndarray     # bool [starts][cuts][validation images]
    before: float         # accuracy of the network that is not split
    rate: float           # of learning


def number(text):
    return float(text) if text else float('nan')


def rows_of(path):
    with open(path, newline='', encoding='utf-8') as file:
        return list(csv.DictReader(file))


def column(rows, name):
    return np.array([number(row[name]) for row in rows])


def read_right(rows, layers):
    """Which images each start had right after its last stage."""
    last = max(int(row['stage']) for row in rows)
    found = {(row['start'], row['layer']): row['right'] for row in rows if int(row['stage']) == last}
    starts = sorted({start for start, _ in found}, key=int)
    return np.array([[[mark == '1' for mark in found[start, layer]] for layer in layers] for start in starts])


def trainings_lost(folder):
    """How many went astray: isplit evaluate goes on without them."""
    return sum(int(row['starts_failed']) for row in rows_of(folder / 'evaluate.csv'))


def read_evaluation(folder):
    """What `isplit evaluate --exhaustive -o folder` wrote."""
    rows = rows_of(folder / 'evaluate.csv')
    told = {row['predictor']: {name: number(row[name]) for name in TOLD} for row in rows_of(folder / 'predictors.csv')}
    return Evaluation([row['name'] for row in rows], column(rows, 'accuracy'), column(rows, 'accuracy_low'),
                      column(rows, 'accuracy_high'), column(rows, 'in_set') == 1, column(rows, 'depth'),
                      {name: column(rows, name) for name in PREDICTORS}, told,
                      read_right(rows_of(folder / 'results.csv'), [row['layer'] for row in rows]),
                      number(rows[0]['accuracy_before']), number((folder / 'rate').read_text(encoding='ascii')))
