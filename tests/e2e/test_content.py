#!/usr/bin/python3
"""What identifies an image: contents, sizes and times, the place of the data, and runs that only ask for the plan, with
the real worker over its pipe (engine/wire/PROTOCOL.md)."""
import ctypes
import gzip
import os
import struct
import sys
import unittest
import urllib.parse
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from small_network import SmallNetworkTest  # noqa: E402 (the path has to be set first)
from test_errors import png, weights  # noqa: E402 (the path has to be set first)
from test_heatmap import TOP, Worker  # noqa: E402

LAYERS = [0, 1]


def changed_ns(path):
    """The later of the times when a file and its status were changed."""
    stat = os.stat(path)
    return max(stat.st_mtime_ns, stat.st_ctime_ns)


class Hash128(ctypes.Structure):
    _fields_ = [('low', ctypes.c_uint64), ('high', ctypes.c_uint64)]


def xxh128(data, seed=0):
    """As hex digits, by the library itself."""
    library = ctypes.CDLL('libxxhash.so.0')
    library.XXH3_128bits_withSeed.restype = Hash128
    library.XXH3_128bits_withSeed.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint64]
    value = library.XXH3_128bits_withSeed(data, len(data), seed)
    return f'{value.high:016x}{value.low:016x}'


def decoded(path):
    return urllib.parse.unquote_to_bytes(path).decode()


def idx_images(n, height, width, pixels):
    return struct.pack('>IIII', 0x803, n, height, width) + pixels


def idx_labels(labels):
    return struct.pack('>II', 0x801, len(labels)) + bytes(labels)


class ContentTest(SmallNetworkTest):
    def setUp(self):
        super().setUp()
        self.files = {'a/1.png': png(4, 4, 30), 'a/2.png': png(4, 4, 90), 'a/again.png': png(4, 4, 30), 'a/empty.png': b'',
                      'b/1.png': png(4, 4, 90), 'b/bad.png': b'no image', 'b/large.png': png(900, 700, 7)}
        for name, data in self.files.items():
            (self.top / 'data' / name).write_bytes(data)
        (self.top / 'data/b/gone.png').symlink_to('nowhere.png')
        self.worker = Worker()
        self.addCleanup(lambda: self.assertEqual(self.worker.close(), 0))

    def open(self, trained='net.weights'):
        self.worker.ask('hello', protocol=2)
        self.worker.ask('open', cfg=str(self.top / 'net.cfg'), weights=str(self.top / trained))
        self.assertEqual(self.worker.until('layers')[-1]['type'], 'layers')

    def list(self, data, probe=False, **fields):
        """-> (the items of the images, the other messages)"""
        self.worker.ask('images', data=str(data), split=None, labels=None, probe=probe, **fields)
        messages = self.worker.until('dataset', 'error')
        self.assertEqual(messages[-1]['type'], 'dataset', messages[-1])
        portions = [m for m in messages if m['type'] == 'images']
        return [item for m in portions for item in m['items']], [m for m in messages if m['type'] != 'images']

    def hashed(self, images):
        """-> {image: content}, in the order in which they came; nothing else is told, and each once."""
        self.worker.ask('hash', images=images)
        *portions, end = self.worker.until('hashed', 'error')
        self.assertEqual(end['type'], 'hashed', end)
        self.assertEqual({m['type'] for m in portions} - {'contents'}, set())
        self.assertTrue(all(1 <= len(m['items']) <= 1000 for m in portions))
        items = [tuple(item) for m in portions for item in m['items']]
        self.assertEqual(end['images'], len(items))
        self.assertEqual(len(dict(items)), len(items))
        return dict(items)

    def measured(self, images, **options):
        """-> ({image: content}, {image: type of message})"""
        self.worker.run(images, layers=LAYERS, **options)
        messages = [m for m in self.worker.until('done', 'error') if 'image' in m]
        return {m['image']: m['content'] for m in messages}, {m['image']: m['type'] for m in messages}

    def wanted(self, items):
        return {i: xxh128(self.files[decoded(item[0])]) if decoded(item[0]) in self.files else None
                for i, item in enumerate(items)}

    def test_files(self):
        """Damaged, empty, missing and repeated ones."""
        self.open()
        items, _ = self.list(self.top / 'data')
        self.assertEqual(sorted(decoded(path) for path, _ in items), sorted([*self.files, 'b/gone.png']))
        wanted = self.wanted(items)
        self.assertEqual(sum(content is None for content in wanted.values()), 1)
        self.assertEqual(len(set(wanted.values())), len(items) - 2)
        everything = list(range(len(items)))
        self.assertEqual(self.hashed(everything), wanted)
        contents, kinds = self.measured(everything)
        self.assertEqual(contents, wanted)
        lost = {decoded(items[i][0]) for i, kind in kinds.items() if kind == 'skipped'}
        self.assertEqual(lost, {'a/empty.png', 'b/bad.png', 'b/gone.png'})
        _, messages = self.list(self.top / 'data', probe=True)
        probed = {m['image']: m['content'] for m in messages if m['type'] == 'skipped'}
        self.assertEqual(probed, {i: wanted[i] for i, kind in kinds.items() if kind == 'skipped'})

    def test_contents_go_with_their_images(self):
        """In any order and batch, with lost ones in between."""
        self.open()
        items, _ = self.list(self.top / 'data')
        wanted = self.wanted(items)
        for batch, step in ((1, 3), (2, 5), (3, 7), (8, 3)):
            order = [i * step % len(items) for i in range(len(items))]
            contents, _ = self.measured(order, batch=batch)
            self.assertEqual(contents, wanted)
            self.assertEqual(list(self.hashed(order)), order)

    def test_not_finite(self):
        (self.top / 'huge.weights').write_bytes(weights(value=1e30))
        self.open('huge.weights')
        items, _ = self.list(self.top / 'data')
        image = [decoded(path) for path, _ in items].index('a/2.png')
        self.assertEqual(self.measured([image]), ({image: xxh128(self.files['a/2.png'])}, {image: 'nonfinite'}))

    def test_a_changed_file(self):
        self.open()
        path = self.top / 'data/a/2.png'
        before, _ = self.list(self.top / 'data', stamps=True)
        image = [decoded(item[0]) for item in before].index('a/2.png')
        old = self.hashed([image])
        changed = path.read_bytes()[:-1] + b'!'
        path.write_bytes(changed)
        after, _ = self.list(self.top / 'data', stamps=True)
        self.assertEqual(after[image], [*before[image][:2], len(changed), changed_ns(path)])
        self.assertEqual([a for i, a in enumerate(after) if i != image], [b for i, b in enumerate(before) if i != image])
        self.assertEqual(self.hashed([image]), {image: xxh128(changed)})
        self.assertNotEqual(self.hashed([image]), old)

    def test_stamps(self):
        self.open()
        os.utime(self.top / 'data/a/1.png', ns=(1, 5000000000000000000))  # later than its status was changed: 2128
        items, _ = self.list(self.top / 'data', stamps=True)
        for path, _, size, time_ns in items:
            if decoded(path) == 'b/gone.png':
                self.assertEqual((size, time_ns), (None, None))
            else:
                file = self.top / 'data' / decoded(path)
                self.assertEqual((size, time_ns), (file.stat().st_size, changed_ns(file)))
        for fields in ({}, {'stamps': False}):
            plain, _ = self.list(self.top / 'data', **fields)
            self.assertEqual(plain, [item[:2] for item in items])

    def test_stamps_of_swapped_files(self):
        """Equal sizes and times of modification: the names were changed later."""
        self.open()
        one, other = self.top / 'data/a/1.png', self.top / 'data/a/2.png'
        for path in (one, other):
            path.write_bytes(one.read_bytes())
            os.utime(path, ns=(1, 1577836800123456789))
        before, _ = self.list(self.top / 'data', stamps=True)
        for name, to in ((one, 'x'), (other, one), (one.with_name('x'), other)):
            name.rename(one.with_name(to) if isinstance(to, str) else to)
        after, _ = self.list(self.top / 'data', stamps=True)
        for path in ('a/1.png', 'a/2.png'):
            image = [decoded(item[0]) for item in before].index(path)
            self.assertNotEqual(after[image], before[image])
            self.assertEqual(after[image][:3], before[image][:3])

    def test_idx(self):
        """The image counts, not the file it is in; its geometry counts too."""
        self.open()
        pixels = bytes(range(32)) + bytes(range(16))  # the third is the first again
        wanted = {i: xxh128(pixels[16 * i:16 * i + 16], 4 << 32 | 4) for i in range(3)}
        self.assertEqual(wanted[0], wanted[2])
        for name, pack in (('plain', bytes), ('packed', gzip.compress)):
            folder = self.top / name
            folder.mkdir()
            end = '.gz' if pack is gzip.compress else ''
            images = folder / ('t10k-images-idx3-ubyte' + end)
            images.write_bytes(pack(idx_images(3, 4, 4, pixels)))
            (folder / ('t10k-labels-idx1-ubyte' + end)).write_bytes(pack(idx_labels([0, 1, 0])))
            for data in (folder, images):
                items, messages = self.list(data, stamps=True)
                self.assertEqual(decoded(messages[-1]['place']), str(data.resolve()))
                self.assertEqual(self.hashed([0, 1, 2]), wanted)
                self.assertEqual(self.measured([2, 0, 1])[0], wanted)
                stat = images.stat()
                self.assertEqual([item[2:] for item in items], [[stat.st_size, changed_ns(images)]] * 3)
        (self.top / 'plain/t10k-images-idx3-ubyte').write_bytes(idx_images(3, 2, 8, pixels))
        self.list(self.top / 'plain')
        flat = self.hashed([0, 1, 2])
        self.assertEqual(flat, {i: xxh128(pixels[16 * i:16 * i + 16], 2 << 32 | 8) for i in range(3)})
        self.assertFalse(set(flat.values()) & set(wanted.values()))

    def test_portions_and_stop(self):
        self.open()
        n = 5000
        (self.top / 'many-images-idx3-ubyte').write_bytes(idx_images(n, 1, 2, struct.pack(f'>{n}H', *range(n))))
        (self.top / 'many-labels-idx1-ubyte').write_bytes(idx_labels([0, 1] * (n // 2)))
        self.list(self.top / 'many-images-idx3-ubyte')
        order = list(range(n))[::-1]
        whole = self.hashed(order)
        self.assertEqual(list(whole), order)
        self.assertEqual(len(set(whole.values())), n)
        self.worker.ask('hash', images=order)
        self.worker.ask('stop')
        *portions, end = self.worker.until('hashed')
        told = [tuple(item) for m in portions for item in m['items']]
        self.assertEqual(end['images'], len(told))
        self.assertLess(len(told), n)
        self.assertEqual(told, list(whole.items())[:len(told)])
        self.worker.ask('stop')  # too late: not for what comes next
        self.assertEqual(self.hashed(order), whole)

    def test_heatmap_beside_a_hash(self):
        self.open()
        items, _ = self.list(self.top / 'data')
        self.worker.ask('hash', images=list(range(len(items))))
        self.worker.heatmap(0, layers=LAYERS)
        messages = self.worker.until('hashed')
        if not any(m['type'] == 'heatmap' for m in messages):
            messages += self.worker.until('heatmap')
        heatmap, = [m for m in messages if m['type'] == 'heatmap']
        self.assertIsNone(heatmap['error'])
        self.assertEqual([m for m in messages if m['type'] == 'hashed'][0]['images'], len(items))

    def test_what_cannot_be_hashed(self):
        self.worker.ask('hash', images=[0])
        self.assertIn('no images', self.worker.next()['text'])
        self.worker.ask('hash', images=[])
        self.assertIn('no images', self.worker.next()['text'])
        items, _ = self.list(self.top / 'data')
        for images, words in (([0, len(items)], f'no image {len(items)} (expected 0 to {len(items) - 1})'),
                              ([-1], '"images" is wrong'), (None, '"images" is wrong')):
            self.worker.ask('hash', images=images)
            answer = self.worker.next()
            self.assertEqual(answer['type'], 'error')
            self.assertIn(words, answer['text'])
        self.assertEqual(self.hashed([]), {})
        self.assertEqual(self.hashed([0]), {0: xxh128(self.files['a/1.png'])})  # no network is needed

    def test_place(self):
        """One name for the data whatever they are called; not the same one for two parts of a .data file."""
        (self.top / 'link').symlink_to('data')
        real = str((self.top / 'data').resolve())
        for name in ('data', 'link', 'link/../data/', 'data/.'):
            _, messages = self.list(self.top / name)
            self.assertEqual(decoded(messages[-1]['place']), real)
            self.assertEqual(decoded(messages[-1]['root']), os.path.join(self.top, Path(name)))
        ugly = os.fsencode(self.top) + b'/\xff name'
        os.rename(self.top / 'data', ugly)
        _, messages = self.list(os.fsdecode(os.fsencode(self.top)) + '/%FF%20name')
        self.assertEqual(urllib.parse.unquote_to_bytes(messages[-1]['place']), os.path.realpath(ugly))

    def test_place_of_data_files(self):
        (self.top / 'data').rename(self.top / 'one')
        for part in ('two/a', 'two/b'):
            (self.top / part).mkdir(parents=True)
            (self.top / part / '1.png').write_bytes(png(4, 4, 1))
        (self.top / 'my.data').write_text('train = one\nvalid = two\n')
        places = set()
        for split, folder in (('train', 'one'), ('valid', 'two')):
            self.worker.ask('images', data=str(self.top / 'my.data'), split=split, labels=None, probe=False)
            places.add(place := decoded(self.worker.until('dataset', 'error')[-1]['place']))
            self.assertEqual(place, str((self.top / folder).resolve()))
        (self.top / 'list.txt').write_text('one/a/1.png\none/b/1.png\n')
        (self.top / 'labels').write_text('a\nb\n')
        self.worker.ask('images', data=str(self.top / 'list.txt'), split=None, labels=str(self.top / 'labels'), probe=False)
        self.assertEqual(decoded(self.worker.until('dataset', 'error')[-1]['place']), str((self.top / 'list.txt').resolve()))
        self.assertEqual(self.hashed([0, 1]), {0: xxh128(self.files['a/1.png']), 1: xxh128(self.files['b/1.png'])})


class EmptyRunTest(unittest.TestCase):
    def test_tells_the_plan(self):
        """The plan that the run of images then has; with a heatmap and a stop beside it, too."""
        worker = Worker()
        self.addCleanup(lambda: self.assertEqual(worker.close(), 0))
        worker.ready(TOP / 'tests/samples/letters')
        worker.run([])
        plan, done = worker.until('done', 'error')
        self.assertEqual((plan['type'], done), ('plan', {'type': 'done', 'images': 0}))
        worker.run([3, 1, 2])
        messages = worker.until('done', 'error')
        self.assertEqual(messages[0], plan)
        self.assertEqual(messages[-1], {'type': 'done', 'images': 3})
        worker.run([])
        worker.heatmap(5)
        worker.ask('stop')
        kinds = sorted(worker.next()['type'] for _ in range(3))
        self.assertEqual(kinds, ['done', 'heatmap', 'plan'])
        worker.run([], batch=2)
        other, done = worker.until('done', 'error')
        self.assertNotEqual(other['hash'], plan['hash'])
        self.assertEqual(other['batch'], 2)


if __name__ == '__main__':
    unittest.main()
