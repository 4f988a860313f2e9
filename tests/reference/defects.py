"""Wrong definitions, as other implementations have them. Each pin of test_numbers.py shows with one of these that
the defect would change the numbers it compares. Formulas take the place of importance.importance, objectives
that of importance.chosen_scores; both are given to importance.measure.
"""
import copy

from importance import chosen_scores, differentiate, importance, rows_of
from torch_setup import torch


def batch_statistics(x, _mean, _variance):
    """Batch norm of a network which was left in training mode."""
    variance, mean = torch.var_mean(x, (0, 2, 3), unbiased=False, keepdim=True)
    return (x - mean) / torch.sqrt(variance + 1e-6)


def in_training_mode(net):
    """A copy of the network whose batch norm uses the statistics of the batch."""
    other = copy.deepcopy(net)
    for layer in other.layers:
        layer.normalise = batch_statistics
    return other


def probability(logits, labels, score):
    """The softmax's output in place of the logit."""
    return chosen_scores(torch.softmax(logits, 1), labels, score)


def relu_on_gradients(activation, gradient, reduce):
    return importance(activation, torch.relu(gradient), reduce)


def other_reduction(activation, gradient, reduce):
    """Sum over the channels where the mean is asked, and the other way round."""
    return importance(activation, gradient, 'sum' if reduce == 'mean' else 'mean')


def mixed_across_batch(activation, gradient, reduce):
    """One alpha for all images of a batch."""
    return importance(activation, gradient.mean(0, keepdim=True).expand_as(gradient), reduce)


def importance_map(activation, gradient):
    alpha = gradient.mean((2, 3), keepdim=True)
    return torch.relu((alpha * activation).mean(1))


def min_max_scaled(activation, gradient, _reduce):
    """Every map stretched to 0..1, as for display."""
    maps = importance_map(activation, gradient)
    low, high = maps.amin((1, 2), keepdim=True), maps.amax((1, 2), keepdim=True)
    return ((maps - low) / (high - low).clamp(min=1e-30)).mean((1, 2))


def divided_by_peak(activation, gradient, _reduce):
    """Every map divided by its peak, with nothing done about a peak of 0."""
    maps = importance_map(activation, gradient)
    return (maps / maps.amax((1, 2), keepdim=True)).mean((1, 2))


def overwritten_in_place(net, images, labels):
    """Rows from the gradient before the activation with the output after it: a tap on a tensor which the activation
    then overwrites."""
    x, y = torch.from_numpy(images).double(), torch.from_numpy(labels)
    before, after = (differentiate(net, x, y, tap=tap) for tap in ('pre', 'post'))
    return rows_of(after._replace(gradients=before.gradients))
