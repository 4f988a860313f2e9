"""The paper's two claims, and what the measurements say about them."""
from math import isfinite

from collect import by_order, less_depth, maxima, over_pairs, over_sets, own_choice, own_curve, told
from tables import paragraph, span

SMALL = 1.0  # points of accuracy that do not matter


def sign(found):
    """1 or -1 where the whole interval is on one side of 0, 0 where it is not, None without one."""
    _, low, high = found
    if not isfinite(low):
        return None
    return 1 if low > 0 else -1 if high < 0 else 0


def first_verdict(plain, more, partial):
    """Of the signs of CUI's correlation, of that less depth's, and of that with depth removed."""
    if plain is None or partial is None:
        return 'Undecided: too few networks for an interval.'
    if plain <= 0:
        return 'Not confirmed: CUI does not order the cuts with certainty.'
    if partial > 0:
        return 'Confirmed: CUI orders the cuts, and knows something that depth does not.'
    beside = {1: 'better than depth does', 0: 'no better than depth does with certainty', -1: 'worse than depth does'}[more]
    knows = 'it points the wrong way' if partial < 0 else 'nothing certain remains'
    return f'Confirmed only in so far as CUI grows with depth: it orders the cuts {beside}, and with depth removed {knows}.'


def first_claim_ordered(sets, partial):
    """The same where there is an order to predict."""
    ordered, alike = by_order(sets)
    if not alike or not ordered:
        return ''
    there = over_sets(ordered, told('cui', 'partial'))
    words = f""" In {len(alike)} of the {len(sets)} sets no cut can be told apart from the best, and any order may be chance; in the
other {len(ordered)} the correlation with the accuracy is {span(over_sets(ordered, told('cui', 'spearman')))}, less depth's
{span(over_sets(ordered, less_depth('cui')))}, with depth removed {span(there)}"""
    return words + (', so that nothing certain remains there.' if (sign(partial) or 0) > 0 >= (sign(there) or 0) else '.')


def first_claim(sets):
    """Cut where CUI is high."""
    plain, more = over_sets(sets, told('cui', 'spearman')), over_sets(sets, less_depth('cui'))
    partial, peaks = over_sets(sets, told('cui', 'partial')), over_sets(sets, maxima)
    peak_words = {1: 'so a maximum is worth something', -1: 'so a maximum is a bad sign', 0: 'which may be chance',
                  None: 'of too few networks'}[sign(peaks)]
    return paragraph(f'''**1. Cut where CUI is high.** {first_verdict(sign(plain), sign(more), sign(partial))} Spearman's correlation with the
accuracy is {span(plain)}, less depth's {span(more)}, with depth removed {span(partial)}. The local maxima of the curve, the
paper's candidates: points of accuracy above the mean of the cuts beside them {span(peaks, 1)}, {peak_words}.{first_claim_ordered(sets, partial)}''')


def second_verdict(found):
    if not isfinite(found[1]):
        return 'undecided, of too few networks for an interval'
    if found[1] > SMALL:
        return 'confirmed'
    if found[1] > 0:
        return 'confirmed, but it may be less than a point'
    if found[2] < SMALL:
        return 'not confirmed: it is less than a point'
    return 'undecided'


def second_claim(pairs):
    """The best split depends on the classes."""
    if not pairs:
        return '**2. The best split depends on the classes.** Not measured.\n'
    free, half = (over_pairs(pairs, own_choice(limit)) for limit in (1, 0.5))
    curve = over_pairs(pairs, own_curve(0.5))
    return paragraph(f'''**2. The best split depends on the classes.** Without a limit {second_verdict(free)}; with at most half of the
multiply-adds in the head {second_verdict(half)}. Choosing the cut by the measurements for one's own half of the classes rather
than for the other half gains {span(free, 1)} points without a limit, {span(half, 1)} with it; choosing by one's own CUI curve
rather than by the other half's {span(curve, 1)} with it ({len(pairs)} networks).''')
