"""RESULTS.md: the tables, the figures, and the paper's two claims with their verdicts, from what was measured."""
import figures
from claims import first_claim, second_claim
from collect import (FOLLOWED, LIMITS, by_order, collect, curves_agree, halves_agree, halves_starts_agree, less_depth, over_pairs,
                     over_sets, own_choice, own_curve, pairs_of, regret_at_random, regret_more_than_depth,
                     regret_of, share_a_best, starts_agree, told)
from settings import PREDICTORS
from tables import listed, paragraph, span, table

WORDS = {'cui': 'CUI', 'candidate': "CUI's highest local maximum", 'cui_corrected': 'size-corrected CUI', 'depth': 'depth',
         'trapped': 'trapped energy', 'random': 'a cut at random'}

HEAD = '''Written by `make study` (study.py); [README](README.md) says what is done. Of each pair of a network and a bottleneck
all cuts were retrained alike, and the predictors compared with the accuracies. A *set* is network x data x bottleneck x
seed. Intervals are 95 %, a bootstrap that draws networks with all their sets, widened for how few they are; they hold another
draw of networks of this kind, not other topologies or data. A figure without an interval is of fewer than four networks.'''

READING = {
    'order': '''Spearman's correlation over the cuts, the mean over sets. *Depth removed*: what the predictor knows that depth
does not. *Less depth's*: its correlation less that of depth in the same sets.''',
    'regret': '''Points of accuracy lost by taking the cut that the predictor prefers, where the head may have that share of the
network's multiply-adds at most. The best accuracy is the highest of noisy ones, so that all regrets are a little too
high, by the same amount in each column; *more than depth's* is free of that. Where no local maximum is allowed, a set is left
out of its row.''',
    'sets': '''*Before*: accuracy of the network that is not split, *best* that of the best cut. *Alike*: cuts that cannot be told
apart from it. *Rate*: the largest learning rate; where a training goes astray, the whole set is begun anew with a third or a
tenth of it. *Starts*: Spearman's correlation of two trainings of the same cuts with other first weights: no predictor
can be expected to do better.''',
}


def scale(settings, done, missing, halves, missing_halves):
    s = settings
    pictures = f'at most {s.train}' if s.train else 'all'
    parts = [paragraph(f"""Pictures of {s.side}x{s.side} (notMNIST 32x32). Networks trained for {s.epochs} epochs on {pictures} pictures
        (notMNIST's of seed 0 are the shipped ones, trained on letters that were rendered). Each cut retrained (`--train
        {s.learning}`) {s.starts} times for {s.steps} steps of 32 of {s.images} pictures, and measured on at most {s.validation}
        others. Bottlenecks {' and '.join(s.bottlenecks())}; {s.seeds} seeds."""),
             paragraph(f"""**Measured: {len(done)} of {len(done) + len(missing)} sets, of {len({m.network for m in done})} networks**;
        for halves of the classes {len(halves)} of {len(halves) + len(missing_halves)}.""")]
    if s.apart_from_full():
        parts.append(paragraph(f"""**This is not the full study**, but one with {', '.join(s.apart_from_full())}. Cuts that are retrained
            for few steps differ most early in the network, where there is most to learn: depth looks better then than it is."""))
    parts += [paragraph(f'Missing {what}: {listed(names)}.') for what, names in (('sets', missing), ('halves', missing_halves)) if names]
    return '\n'.join(parts)


def order_table(sets):
    rows = []
    for name in PREDICTORS:
        row = [WORDS[name], span(over_sets(sets, told(name, 'spearman')))]
        row += ['-', '-'] if name == 'depth' else [span(over_sets(sets, told(name, 'partial'))),
                                                   span(over_sets(sets, less_depth(name)))]
        rows.append(row + [span(over_sets(sets, told(name, 'kendall')))])
    rows.append(["another start (single trainings)", span(over_sets(sets, starts_agree)), '', '', ''])
    return table(['predictor', "Spearman's", 'depth removed', "less depth's", "Kendall's"], rows)


def regret_table(sets, more):
    """Of all predictors, or, with `more`, what they lose more than depth."""
    rows = []
    for name in FOLLOWED if not more else [name for name in FOLLOWED if name != 'depth']:
        measure = regret_more_than_depth if more else regret_of
        rows.append([WORDS[name]] + [span(over_sets(sets, measure(name, limit)), 1) for limit in LIMITS])
    if not more:
        rows.append([WORDS['random']] + [span(over_sets(sets, regret_at_random(limit)), 1) for limit in LIMITS])
    return table(["more than depth's" if more else 'follow'] + ['no limit'] + [f'{limit:.0%}'.replace('%', ' %') for limit in LIMITS[1:]], rows)


def sets_table(sets):
    rows = []
    for m in sets:
        e = m.evaluation
        best = max(range(len(e.names)), key=lambda i, e=e: e.accuracy[i])
        rows.append([m.run.name, f'{e.rate:.2g}', f'{100 * e.before:.1f}', e.names[best], f'{100 * e.accuracy[best]:.1f}',
                     f'{int(e.in_set.sum())} of {len(e.names)}', f'{starts_agree(e):.2f}'] +
                    [f"{e.told[name]['spearman']:.2f}" for name in PREDICTORS] +
                    [f"{e.told['cui']['partial']:.2f}", f"{e.told['trapped']['partial']:.2f}"])
    return table(['set', 'rate', 'before', 'best cut', 'best', 'alike', 'starts'] + [WORDS[name] for name in PREDICTORS] +
                 ['CUI, depth removed', 'trapped, depth removed'], rows)


def halves_table(pairs):
    rows = [["own measurements rather than the other half's"] + [span(over_pairs(pairs, own_choice(limit)), 1) for limit in LIMITS],
            ["own CUI curve rather than the other half's"] + [span(over_pairs(pairs, own_curve(limit)), 1) for limit in LIMITS]]
    return table(['points gained by choosing by'] + ['no limit'] + [f'{limit:.0%}'.replace('%', ' %') for limit in LIMITS[1:]], rows)


def agreement_table(pairs):
    return table(['agreement of', "Spearman's"],
                 [['two starts, the same half', span(over_pairs(pairs, halves_starts_agree))],
                  ['two starts, one of each half', span(over_pairs(pairs, halves_agree))],
                  ["the two halves' CUI curves", span(over_pairs(pairs, curves_agree))]])


def groups(sets):
    """[(heading, those sets)]: of all, then of each form of bottleneck, then by whether there is an order to predict."""
    forms = sorted({m.run.bottleneck for m in sets}, reverse=True)
    ordered, alike = by_order(sets)
    found = [('All sets', sets)] + [(f'Bottleneck {form}', [m for m in sets if m.run.bottleneck == form]) for form in forms]
    found += [('Sets in which some cut can be told apart from the best', ordered), ('Sets in which none can', alike)]
    return [(heading, some) for heading, some in found if some]


def first_part(sets):
    parts = ['## How well the predictors order the cuts\n', paragraph(READING['order'])]
    for heading, some in groups(sets):
        parts += [f'### {heading} ({len(some)})\n', order_table(some)]
    parts += ['![Correlations, set by set](predictors.svg)\n', '## What it costs to follow them\n', paragraph(READING['regret']),
              regret_table(sets, False), regret_table(sets, True)]
    return parts


def second_part(pairs):
    if not pairs:
        return []
    shared = sum(share_a_best(p) for p in pairs)
    return ['## Halves of the classes\n', paragraph(f"""Each network was also evaluated for two disjoint halves of its classes. A cut is
        chosen by one start on one half of the validation pictures, and judged by the other starts on the other pictures, so that
        the gain is as often too high as too low. In {shared:.0f} of {len(pairs)} networks some cut is in both halves' sets of those
        that cannot be told apart from the best."""), halves_table(pairs), agreement_table(pairs)]


def write_results(place, settings):
    """RESULTS.md and the figures beside it."""
    (sets, missing), (halves, missing_halves) = collect(place, settings)
    if not sets:
        raise SystemExit('study: no set is done yet')
    pairs = pairs_of(halves)
    parts = ['# The study, as last run\n', paragraph(HEAD), scale(settings, sets, missing, halves, missing_halves), '## The claims\n', first_claim(sets), second_claim(pairs),
             *first_part(sets), *second_part(pairs), '## The sets\n', paragraph(READING['sets']), sets_table(sets),
             '![Accuracy and CUI over the cuts](curves.svg)\n']
    (place.results / 'RESULTS.md').write_text('\n'.join(parts), encoding='utf-8')
    (place.results / 'curves.svg').write_text(figures.curves(sets), encoding='utf-8')
    (place.results / 'predictors.svg').write_text(
        figures.predictors(sets, lambda column, name: over_sets(sets, told(name, column))), encoding='utf-8')
