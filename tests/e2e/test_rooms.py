#!/usr/bin/python3
"""The folders of the code: what may include what, looked up in every #include.

Run from anywhere:  tests/e2e/test_rooms.py [unittest options]
"""
import re
import unittest
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
# Bottom first: a file includes only its own folder's headers and those of folders before it.
ENGINE = 'base net data curve race features deploy graph predict partition train wire store onnx worker half'.split()
FRONT = 'screen cli csv study report deployment panes app commands main'.split()
# The front end knows nothing of what only the worker runs.
WORKER_ONLY = {'graph', 'worker', 'features/encode.h', 'features/compressor.h', 'predict/lapack.h', 'predict/patches.h',
               'predict/spectrum.h', 'train/trainer.h', 'train/descent.h', 'train/loss.h', 'train/sampler.h',
               'train/schedule.h', 'train/cache.h', 'train/checkpoint.h', 'half/answer.h', 'half/half.h', 'half/modes.h',
               'half/names.h', 'half/picture.h', 'half/pipe.h', 'half/runtime.h', 'half/words.h'}
# Panes draw the model that the app keeps, and know nothing else of it.
UPWARD = {('panes', 'app/model.h')}
# header -> the files that alone may include it
OWNED = {r'dnnl.*\.h': r'onednn\w*\.[ch]', r'(oneapi/)?dnnl/.*': r'onednn\w*\.[ch]', r'darknet\.h': r'darknet\.c',
         r'(onnx/)?onnx\.pb-c\.h': r'onnx_\w*\.[ch]', r'protobuf-c/.*': ''}
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^">]+)[">]', re.M)


def includes():
    """(file, its folder, what it includes) for each #include."""
    for path in sorted([*TOP.glob('engine/**/*.[ch]'), *TOP.glob('tui/**/*.[ch]')]):
        inside = path.relative_to(TOP).parts[1:]
        for header in INCLUDE.findall(path.read_text(encoding='utf-8')):
            yield path, inside[0] if len(inside) > 1 else path.stem, header


def complaint(path, folder, header):
    """What is wrong with an #include, or None."""
    for owned, owner in OWNED.items():
        if re.fullmatch(owned, header) and not re.fullmatch(owner, path.name):
            return 'only files named ' + owner + ' may'
    other = header.split('/')[0]
    if '/' not in header or other not in ENGINE + FRONT or (folder, header) in UPWARD:
        return None
    front = path.is_relative_to(TOP / 'tui')
    if front and {other, header} & WORKER_ONLY:
        return 'only the worker runs it'
    order = ENGINE + FRONT if front else ENGINE + ['main']
    if folder not in order or other not in order or order.index(other) > order.index(folder):
        return 'includes go down only'
    return None


class Rooms(unittest.TestCase):
    maxDiff = None

    def test_includes(self):
        wrong = ['%s includes %s: %s' % (path.relative_to(TOP), header, complaint(path, folder, header))
                 for path, folder, header in includes() if complaint(path, folder, header)]
        self.assertEqual(wrong, [], '\n'.join(wrong))

    def test_every_folder_has_its_place(self):
        folders = {folder for _, folder, _ in includes()}
        self.assertEqual(folders, set(ENGINE + FRONT))

    def test_there_is_something_to_look_at(self):
        self.assertGreater(sum(1 for _ in includes()), 1000)
        self.assertEqual({'dnnl.h', 'darknet.h'} - {header for _, _, header in includes()}, set())

    def test_complaints(self):
        """The rules themselves: each is broken here once."""
        for place, folder, header, word in (('engine/net/names.c', 'net', 'store/store.h', 'down'),
                                            ('engine/wire/read.c', 'wire', 'worker/session.h', 'down'),
                                            ('engine/graph/node.c', 'graph', 'dnnl.h', 'onednn'),
                                            ('engine/worker/session.c', 'worker', 'darknet.h', 'darknet'),
                                            ('engine/net/net.c', 'net', 'onnx/onnx.pb-c.h', 'onnx_'),
                                            ('tui/panes/plot.c', 'panes', 'app/app.h', 'down'),
                                            ('tui/study/child.c', 'study', 'graph/graph.h', 'worker')):
            self.assertIn(word, complaint(TOP / place, folder, header) or '', place)
        self.assertIsNone(complaint(TOP / 'tui/panes/plot.c', 'panes', 'app/model.h'))
        self.assertIsNone(complaint(TOP / 'engine/worker/darknet.c', 'worker', 'darknet.h'))


if __name__ == '__main__':
    unittest.main()
