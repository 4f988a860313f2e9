"""What the curve CSV and the classes CSV must say, computed from the rows of the images CSV alone."""
import numpy


def t_quantile(probability, freedom):
    """Student's t. With t = sqrt(f) tan(a) its density becomes cos(a)^(f-1), integrated here on a fine grid."""
    angle = numpy.linspace(0, numpy.pi / 2, 200001)
    density = numpy.cos(angle) ** (freedom - 1)
    area = numpy.concatenate([[0], numpy.cumsum((density[1:] + density[:-1]) / 2)])
    return numpy.sqrt(freedom) * numpy.tan(numpy.interp(probability - .5, area / area[-1] / 2, angle))


def interval(values, classes):
    """95 % interval of the mean, stratified by class; (NaN, NaN) where a class has fewer than 2 images.

    The classes' shares N_c / N are taken as given, so variance = sum_c v_c with v_c = (N_c/N)^2 s_c^2 / N_c.
    Degrees of freedom by Satterthwaite, since the classes' variances differ: (sum_c v_c)^2 / sum_c v_c^2 / (N_c - 1).
    """
    strata = [values[classes == label] for label in numpy.unique(classes)]
    sizes = numpy.array([len(part) for part in strata])
    if min(sizes) < 2:
        return numpy.nan, numpy.nan
    variances = (sizes / len(values)) ** 2 * [part.var(ddof=1) for part in strata] / sizes
    variance = variances.sum()
    if variance == 0:
        return values.mean(), values.mean()
    half = t_quantile(.975, variance ** 2 / (variances ** 2 / (sizes - 1)).sum()) * numpy.sqrt(variance)
    return values.mean() - half, values.mean() + half


def local_maxima(cui):
    """[layers] of bool. A plateau counts once, at its first layer; ends and layers with CUI 0 never do."""
    found = numpy.zeros(len(cui), bool)
    first = 0
    while first < len(cui):
        behind = first + 1
        while behind < len(cui) and cui[behind] == cui[first]:
            behind += 1
        inside = 0 < first and behind < len(cui)
        found[first] = inside and cui[first] > 0 and cui[first] > cui[first - 1] and cui[first] > cui[behind]
        first = behind
    return found


def ranks(cui):
    """[layers]: 1 for the highest."""
    order = numpy.empty(len(cui), int)
    order[numpy.argsort(-cui, kind='stable')] = numpy.arange(1, len(cui) + 1)
    return order


def log10_or_empty(values):
    """log10; NaN, which stands for an empty cell, where a value is 0."""
    return numpy.log10(numpy.where(values > 0, values, numpy.nan))


def curve_columns(rows, classes, shapes, reduce='mean'):
    """{column: [layers]} for rows [images][layers] without empty cells, shapes [(K, H, W)] of the layers."""
    cui = rows.mean(0)
    sizes = numpy.array([numpy.prod(shape if reduce == 'mean' else shape[1:]) for shape in shapes])
    low, high = zip(*(interval(column, classes) for column in rows.T))
    return {
        'images': numpy.full(len(cui), len(rows)),
        'cui': cui,
        'log10_cui': log10_or_empty(cui),
        'ci95_low': numpy.array(low),
        'ci95_high': numpy.array(high),
        'zero_share': (rows == 0).mean(0),
        'log10_cui_size_corrected': log10_or_empty(cui * sizes),
        'local_max': local_maxima(cui).astype(int),
        'rank': ranks(cui),
    }
