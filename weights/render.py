"""Letters drawn as notMNIST draws them: white on black, every glyph stretched to fill its square box."""
import numpy as np
from PIL import Image, ImageFont

LETTERS = "ABCDEFGHIJ"
SIZE = 32            # side of the images the networks see
MASTER = 2 * SIZE    # side of the masters that training augments; a 2x2 mean gives the image

_POINTS = 200        # size at which a glyph is drawn before it is stretched
_UNMAPPED = "\uffff" # no font has a glyph for this: it shows the font's tofu
_ALIKE = 4           # mean grey levels; two letters closer than this are the same picture


def render_face(face):
    """The letters of a face as uint8 [10][64][64], or None when the face does not really have them."""
    font = ImageFont.truetype(face.path, _POINTS, face.index, layout_engine=ImageFont.Layout.BASIC)
    try:
        glyphs = [_glyph(font, letter) for letter in LETTERS]
        tofu = _glyph(font, _UNMAPPED)
    except OSError:
        return None  # FreeType could not draw an outline
    if any(g is None for g in glyphs):
        return None
    if tofu is not None and any(_difference(g, tofu) < _ALIKE for g in glyphs):
        return None
    if any(_difference(a, b) < _ALIKE for i, a in enumerate(glyphs) for b in glyphs[:i]):
        return None
    return np.stack(glyphs)


def shrink(masters):
    """The plain images of masters: uint8 [..][64][64] -> uint8 [..][32][32]."""
    *lead, height, width = masters.shape
    blocks = masters.reshape(*lead, height // 2, 2, width // 2, 2)
    return np.rint(blocks.mean((-3, -1))).astype(np.uint8)


def _glyph(font, letter):
    """One letter cropped to its ink and stretched to the master's size; None when there is no ink."""
    mask = font.getmask(letter, mode="L")
    if not all(mask.size):
        return None
    image = Image.frombytes("L", mask.size, bytes(mask))
    ink = image.getbbox()
    return np.array(image.crop(ink).resize((MASTER, MASTER), Image.BOX)) if ink else None


def _difference(a, b):
    return np.abs(a.astype(np.int16) - b).mean()
