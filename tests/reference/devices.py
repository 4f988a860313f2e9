#!/usr/bin/python3
"""The head on other processors, and the tail here: Debian's Darknet for arm64 and armhf, under qemu-user.

    devices.py FOLDER      make test-devices; FOLDER keeps the packages that are downloaded

For each processor: isplit-half is built by `make half` with Debian's cross compiler, against the library of Debian's package
for that processor, which is unpacked into FOLDER and needs no root. What must hold:
- an image becomes the same bits there and here, decoded and resampled by isplit's code (built without contraction of
  products and sums into one instruction, which arm64 has: the Makefile);
- the head there gives what the head here gives, on armhf to the bit, on arm64 within 1e-5 of the largest number;
- with `isplit-half tail` here, the predicted class is that of `isplit-half whole` here.
Ends with the number of processors that were tried; "skipped" says what is missing. Status 1 where something does not hold.
"""
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy

import runtimes

TOP = Path(__file__).resolve().parents[2]
PROGRAM = os.path.abspath(os.environ.get('ISPLIT', TOP / 'isplit'))
# Debian's name: (prefix of the compiler, program of qemu-user, whether the bits are amd64's)
PROCESSORS = {'arm64': ('aarch64-linux-gnu', 'qemu-aarch64', False), 'armhf': ('arm-linux-gnueabihf', 'qemu-arm', True)}
# network: (layer, the images: the first of each of so many classes)
NETWORKS = {'letters-vgg16': ('block4_pool', 10), 'tiny': ('block5_conv1', 1)}
LETTERS = TOP / 'tests/samples/letters'
FITTING = [f'engine/data/{name}.c' for name in ('decode', 'exif', 'fit', 'jpeg', 'pnm', 'stb', 'resample')] + \
          [f'engine/base/{name}.c' for name in ('error', 'memory', 'text')]
TOLERANCE = 1e-5
FRAME, SUM, FAREWELL = 20, 8, 32  # bytes of a frame before and behind the tensor, and of the last message


class Skipped(Exception):
    pass


def run(*command, **options):
    return subprocess.run([str(word) for word in command], check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          **options).stdout


# ---- Packages ----------------------------------------------------------------------------------------------------


def download(folder, name):
    """Debian's darknet for that processor, unpacked: the folder with the library. apt keeps its lists in `folder` and asks
    nothing of the system's own state."""
    library = folder / name / 'root/usr/lib/darknet'
    if library.is_dir():
        return library
    state = folder / name / 'apt'
    for place in ('lists/partial', 'cache/archives/partial'):
        (state / place).mkdir(parents=True, exist_ok=True)
    (state / 'status').touch()
    options = [f'-oDir::State={state}', f'-oDir::State::status={state}/status', f'-oDir::Cache={state}/cache',
               f'-oAPT::Architecture={name}', '-oAPT::Architectures=', f'-oAPT::Architectures::={name}', '-oAPT::Sandbox::User=']
    subprocess.run(['apt-get', '-qq', *options, 'update'], check=False, capture_output=True)  # some of its lists may do
    try:
        run('apt-get', '-qq', *options, 'download', 'darknet', cwd=state)
    except subprocess.CalledProcessError as fault:
        raise Skipped('its package darknet cannot be had: ' + fault.stderr.decode(errors='replace').strip()[-200:]) from fault
    for package in state.glob('darknet_*.deb'):
        run('dpkg-deb', '-x', package, folder / name / 'root')
    if not library.is_dir():
        raise Skipped('its package darknet has no library')
    return library


# ---- Programs ----------------------------------------------------------------------------------------------------


class Here:
    """This machine."""

    def __init__(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        self.half, self.fit = Path(PROGRAM).with_name('isplit-half'), folder / 'fit_image'
        build_fit('gcc', self.fit)

    def command(self, program):
        return [program]

    def fitted(self, image, shape):
        return run(*self.command(self.fit), image, *shape)

    def run_half(self, *words, sent=b''):
        return run(*self.command(self.half), *words, input=sent)


class There(Here):
    """Another processor."""

    def __init__(self, folder, name):  # pylint: disable=super-init-not-called
        prefix, self.qemu, self.same = PROCESSORS[name]
        compiler = prefix + '-gcc'
        for program in (compiler, self.qemu):
            if not shutil.which(program):
                raise Skipped(f'no {program} here (Debian: gcc-{prefix}, libc6-dev-{name}-cross, qemu-user)')
        library = download(folder, name)
        place = folder / name
        self.half, self.fit = place / 'build/isplit-half', place / 'fit_image'
        self.libraries = f'/usr/{prefix}'
        run('make', '-C', TOP, 'half', f'CC={compiler}', f'DARKNET={library}', f'BUILD={place}/build', 'CODERS=')
        build_fit(compiler, self.fit)

    def command(self, program):
        return [self.qemu, '-L', self.libraries, program]


def contraction():
    """The flag that the Makefile has for what fits images; none where it has lost it."""
    said = run('make', '-n', '-B', '-C', TOP, 'build/engine/data/resample.o').decode()
    return re.findall(r'-ffp-contract=\w+', said)


def build_fit(compiler, program):
    """With gnu17: of ISO's C gcc contracts nothing anyhow, clang does."""
    run(compiler, '-std=gnu17', '-D_GNU_SOURCE', '-O2', *contraction(), '-DSTB_IMAGE_VERSION="x"', f'-I{TOP}/engine',
        TOP / 'tests/reference/fit_image.c', *(TOP / file for file in FITTING), '-o', program, '-lm')


# ---- What must hold ----------------------------------------------------------------------------------------------


def images(n):
    """The first of each class."""
    return [min((LETTERS / letter).iterdir()) for letter in 'ABCDEFGHIJ'[:n]]


def fits_alike(here, there):
    """-> how many images and sizes became the same bits; raises where one did not."""
    tried = 0
    for image in images(10):
        for shape in ((1, 32, 32), (3, 45, 61), (3, 19, 20)):
            if here.fitted(image, shape) != there.fitted(image, shape):
                raise AssertionError(f'{image.name} fitted to {shape} has other bits there than here')
            tried += 1
    return tried


def halves(folder, name):
    """-> the folder with head and tail."""
    parts = folder / ('parts_' + name)
    shutil.rmtree(parts, ignore_errors=True)
    run(PROGRAM, 'split', *runtimes.files_of(folder, name), '--at', NETWORKS[name][0], '-o', parts, '--check', '1')
    return parts


def tensors(frames, n):
    """[n][numbers] of frames of f32 (isplit help payload), and the farewell behind them."""
    size = (len(frames) - FAREWELL) // n
    return numpy.array([numpy.frombuffer(frames[i * size + FRAME:(i + 1) * size - SUM], numpy.float32) for i in range(n)])


def tops(answers):
    return re.findall(r'class (-?\d+);', answers.decode())


def compare(here, there, parts, n):
    """-> words on how far the head there is from that here."""
    frames = there.run_half('head', parts, *images(n))
    sent, wanted = tensors(frames, n), tensors(here.run_half('head', parts, *images(n)), n)
    most = max(runtimes.distance(one, other) for one, other in zip(sent, wanted))
    same = int((sent.view(numpy.uint32) == wanted.view(numpy.uint32)).sum())
    pairs = zip(tops(here.run_half('tail', parts, '--text', sent=frames)), tops(here.run_half('whole', parts, '--text', *images(n))))
    right = sum(one == other for one, other in pairs)
    words = f'top-1 {right} of {n}, {100 * same / wanted.size:.0f} % of the bits, largest difference {most:.0e}'
    if right < n or most > TOLERANCE or (there.same and most > 0):
        raise AssertionError(words)
    return words


def try_processor(folder, here, name):
    there = There(folder, name)
    print(f'{name}: {fits_alike(here, there)} fitted images have the same bits', flush=True)
    for network, (layer, n) in NETWORKS.items():
        if not runtimes.files_of(folder, network):
            print(f'{name}: {network} skipped, as its weights are not here', flush=True)
            continue
        print(f'{name}: {network}, head to {layer} there, tail here: {compare(here, there, halves(folder, network), n)}', flush=True)


def main(folder):
    tried = failed = 0
    here = Here(folder / 'here')
    for name in PROCESSORS:
        try:
            try_processor(folder, here, name)
            tried += 1
        except Skipped as why:
            print(f'{name}: skipped, {why}')
        except AssertionError as why:
            print(f'{name}: FAILED: {why}')
            failed += 1
    print(f'{tried} passed, {failed} failed, {len(PROCESSORS) - tried - failed} skipped')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main(Path(os.path.abspath(sys.argv[1]))))
