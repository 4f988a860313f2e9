"""Rendered faces, cleaned of duplicates and split so that no design is on both sides."""
from dataclasses import dataclass

import numpy as np
import torch

from fonts import find_faces
from render import render_face, shrink

DUPLICATE = 0.01  # faces closer than this (mean absolute difference, 0..1) are one face
RELATED = 0.04    # families with faces closer than this are one design


@dataclass
class Faces:
    """Faces and their letters, parallel: faces [N], masters uint8 [N][10][64][64]."""
    faces: list
    masters: np.ndarray

    def take(self, indices):
        return Faces([self.faces[i] for i in indices], self.masters[indices])

    def images(self):
        """The plain images, uint8 [N][10][32][32]."""
        return shrink(self.masters)


def load_faces():
    """Render every face, drop what render_face refuses and all but the first of each set of duplicates."""
    drawn = [(face, letters) for face in find_faces() if (letters := render_face(face)) is not None]
    everything = Faces([face for face, _ in drawn], np.stack([letters for _, letters in drawn]))
    near = _distances(everything) < DUPLICATE
    kept = []
    for i in range(len(near)):
        if not near[i, kept].any():
            kept.append(i)
    return everything.take(kept)


def split_by_design(data, share, seed):
    """Hold out about `share` of the faces, whole designs at a time: (training Faces, held-out Faces).

    Designs larger than a tenth of the held-out part always train: the held-out part is meant to be diverse.
    """
    groups = _designs(data)
    target = share * len(data.faces)
    held = []
    for k in np.random.default_rng(seed).permutation(len(groups)):
        if len(held) < target and len(groups[k]) <= target / 10:
            held += groups[k]
    held.sort()
    train = sorted(set(range(len(data.faces))) - set(held))
    return data.take(train), data.take(held)


def _distances(data):
    """Mean absolute difference of every two faces over their ten letters, [N][N] in 0..1."""
    flat = torch.from_numpy(data.images().reshape(len(data.faces), -1)).float() / 255
    return (torch.cdist(flat, flat, p=1) / flat.shape[1]).numpy()


def _designs(data):
    """Face indices grouped by design: families that share their first word, or that look alike."""
    words = [face.family.split()[0].lower() for face in data.faces]
    root = {word: word for word in words}

    def find(word):
        while root[word] != word:
            word = root[word]
        return word

    for i, j in zip(*np.nonzero(_distances(data) < RELATED)):
        root[find(words[i])] = find(words[j])
    groups = {}
    for i, word in enumerate(words):
        groups.setdefault(find(word), []).append(i)
    return list(groups.values())
