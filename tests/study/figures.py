"""The figures of RESULTS.md as SVG."""
import numpy as np

from collect import Measured
from settings import NETWORKS, PREDICTORS

INK, BAND, LINE, OTHER = '#222', '#b9cbe4', '#1f4e8c', '#c2571a'
WIDTH, HEIGHT = 150, 76   # of a panel
FONT = 'font-family="sans-serif" font-size="9"'


def page(width, height, parts):
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">\n'
            f'<rect width="100%" height="100%" fill="#fff"/>\n' + '\n'.join(parts) + '\n</svg>\n')


def text(x, y, words, anchor='start', colour=INK):
    return f'<text x="{x:.1f}" y="{y:.1f}" {FONT} text-anchor="{anchor}" fill="{colour}">{words}</text>'


def line(points, colour, width=1.2, dashes=''):
    places = ' '.join(f'{x:.1f},{y:.1f}' for x, y in points)
    return f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="{width}" stroke-dasharray="{dashes}"/>'


def scaled_log(values):
    """The logarithm, as isplit draws the curve, from 0 to 1."""
    values = np.log10(np.maximum(values, values[values > 0].min() if (values > 0).any() else 1))
    low, high = np.nanmin(values), np.nanmax(values)
    return (values - low) / (high - low) if high > low else np.zeros(len(values))


def panel(x, y, m: Measured):
    """Accuracy with its interval over the cuts, between the ends that stand at the left, and log CUI between its own
    extremes."""
    e = m.evaluation
    least, most = (np.clip(end, 0, 1) for end in (np.nanmin([*e.low, *e.accuracy, e.before]), np.nanmax([*e.high, *e.accuracy, e.before])))
    at = x + WIDTH * np.arange(len(e.names)) / max(1, len(e.names) - 1)

    def up(share):
        return y + HEIGHT * (1 - np.clip(share, 0, 1))

    def share(accuracy):
        return (accuracy - least) / max(most - least, 1e-9)

    band = [*zip(at, up(share(e.high))), *reversed(list(zip(at, up(share(e.low)))))]
    places = ' '.join(f'{a:.1f},{b:.1f}' for a, b in band)
    return [f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#ccc"/>',
            f'<polygon points="{places}" fill="{BAND}"/>', line(zip(at, up(share(e.accuracy))), LINE),
            line([(x, up(share(e.before))), (x + WIDTH, up(share(e.before)))], INK, 0.6, '2 2'),
            text(x + 2, y + 9, f'{100 * most:.0f} %', colour=LINE), text(x + 2, y + HEIGHT - 3, f'{100 * least:.0f} %', colour=LINE),
            line(zip(at, up(scaled_log(e.predicted['cui']))), OTHER, 1, '3 1')]


def curves(sets):
    """A panel a set: rows are data sets and seeds, columns networks and bottlenecks."""
    rows = sorted({(m.run.trained.seed, m.run.trained.data) for m in sets})
    columns = [(network, form) for network in NETWORKS for form in sorted({m.run.bottleneck for m in sets}, reverse=True)]
    parts = [text(8, 12, 'Accuracy after retraining with its interval (blue) and of the whole network (dotted), between the blue numbers,'),
             text(8, 24, 'and log CUI between its extremes (orange), over the cuts')]
    for j, (network, form) in enumerate(columns):
        parts.append(text(90 + j * (WIDTH + 14) + WIDTH / 2, 42, f'{network}, {form}', 'middle'))
    for i, (seed, data) in enumerate(rows):
        y = 48 + i * (HEIGHT + 10)
        parts += [text(84, y + 30, data, 'end'), text(84, y + 42, f'seed {seed}', 'end')]
        for m in sets:
            if (m.run.trained.seed, m.run.trained.data) == (seed, data):
                parts += panel(90 + columns.index((m.run.trained.network, m.run.bottleneck)) * (WIDTH + 14), y, m)
    return page(max(440, 100 + len(columns) * (WIDTH + 14)), 54 + len(rows) * (HEIGHT + 10), parts)


def predictors(sets, summary):
    """Spearman's correlation of each set as a dot, the mean as a bar with its interval; summary(column, predictor)."""
    parts = []
    for block, (title, name) in enumerate((('with the accuracy', 'spearman'), ('with depth removed', 'partial'))):
        left = 90 + block * 260

        def across(r, left=left):
            return left + 220 * (r + 1) / 2

        parts.append(text(left + 110, 14, f"Spearman's correlation {title}", 'middle'))
        for tick in (-1, -0.5, 0, 0.5, 1):
            parts += [line([(across(tick), 20), (across(tick), 122)], '#ccc', 0.6), text(across(tick), 133, tick, 'middle')]
        for i, predictor in enumerate(PREDICTORS):
            y = 36 + i * 24
            if not block:
                parts.append(text(80, y + 3, predictor, 'end'))
            values = [m.evaluation.told[predictor][name] for m in sets]
            parts += [f'<circle cx="{across(v):.1f}" cy="{y - 5 + 10 * k / max(1, len(values) - 1):.1f}" r="1.6" '
                      f'fill="{LINE}" fill-opacity="0.5"/>' for k, v in enumerate(values) if np.isfinite(v)]
            mean, low, high = summary(name, predictor)
            if np.isfinite(low):
                parts.append(line([(across(low), y), (across(high), y)], OTHER, 2))
            if np.isfinite(mean):
                parts.append(line([(across(mean), y - 7), (across(mean), y + 7)], OTHER, 2))
    return page(590, 140, parts)
