#!/usr/bin/python3
"""Whether a change left what isplit writes as it was, byte for byte.

    tests/unchanged.py --before DIR --after DIR     two built trees
    tests/unchanged.py --before-commit COMMIT       builds that commit, and compares this tree with it

Both programs run the same commands, each in a folder of its own that looks alike: the batch commands with all they
write, the screen in every view and size and with every key, the demo's two networks and Tiny Darknet where it is
(../shared/data). Then the files are compared. What a run cannot repeat is masked (MASKED), what was changed on
purpose stands in ALLOWED, ADDED (whole lines) and BECAME (bytes), with the reason. Stores that the first program
wrote are opened by the second, which has to find every row in them.

A line that differs as ALLOWED says is counted; with --final the old form is no longer taken where it should have
become the new one. --keep DIR keeps both folders for a look at them.
"""
import argparse
import concurrent.futures
import csv
import difflib
import fnmatch
import os
import re
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
DATA = TOP / '../shared/data'
DARKNET = Path('/usr/share/darknet')
SIZES = ('80x24', '100x30', '200x60', '40x12')
EVERY_KEY_SIZE = '100x30'
EVERY_KEY = ('vgg16', 'tiny')  # the networks where every key is pressed in every view
TIMEOUT = 300

# What one program writes differently from run to run: (files, pattern, what stands for it), for both sides.
MASKED = [
    ('*.meta.csv', r'^(time|arguments|version|engine|from_time|from_arguments|from_version|from_engine),.*$', r'\1,*'),
    ('*', r'\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\dZ?', 'YYYY-MM-DDThh:mm:ssZ'),
    ('*', r'\b\d\d:\d\d:\d\d\b', '12:00:00'),
    ('*', r'\bisplit \d+\.\d+\.\d+', 'isplit VERSION'),
    ('*profile*.csv', r'^(\d+,[^,]*,[^,]*),.*$', r'\1,*'),
    ('*profile*.meta.csv', r'^(runs|medians_of|sum_ms|whole_ms|whole_p95_ms|memory_\w+_bytes),.*$', r'\1,*'),
    ('*profile*.stderr', r'\d+(\.\d+)?( MiB| KiB| ms| runs| %)', r'*\2'),
    ('*profile*.stderr', r'^isplit: warning: .*\n', ''),
    # Of weights whose header changed (PORTABLE); the weights themselves are compared.
    ('[vr]*/split.csv', r'^((?:[^,]+,){14})[0-9a-f]{16}((?:,[^,]+){7},)[0-9a-f]{16}', r'\1*\2*'),
    # Columns that came later, of a machine and of what is not asked for here; and the layer that a tail begins with.
    ('*/split.csv', r',check_on(?=,)|,head_onnx_bytes,.*$', ''),
    ('*/split.csv', r'(,bitwise,\w+,\d+,\w+),[^,]+(,\w+,\w+,[^,]*),,,,$', r'\1\2'),
    ('*/tail.cfg', r'^\[(activation\]\nactivation=linear|maxpool\]\nsize=1\nstride=1)$', '[what is sent]'),
    ('r*/split.csv', r'^((?:[^,]+,){19})\d+(,\d+,)[0-9a-f]{16}(?=,)', r'\1*\2*'),
    ('state/*', r'"(time|seen|saved)": *"?[-:TZ0-9]+"?', r'"\1": *'),
]

NEAREST = 'where no cut meets the limits, the nearest split is named'
LABELLED = 'how the labels were found is told'
HALVES = 'what compared the halves, and where they run, is told'
PORTABLE = 'halves have a header that is read alike on machines of 32 and 64 bits'
RUNS_IN = 'the table of layers says which Darknet runs the network'

# What was changed on purpose: (files, pattern, what it became, why), for the first program's side. Where words of
# another length move what stands behind them in a frame, runs of spaces and of lines count as one.
ALLOWED = [
    # Section 3, words.
    ('*.meta.csv', r'^layers,features$', 'layers,backbone', '--layers features is --layers backbone'),
    ('*', r'--layers features\b', '--layers backbone', '--layers features is --layers backbone'),
    ('*', r'expected one of: features, clean', 'expected one of: backbone, clean', '--layers features is --layers backbone'),
    ('*/layers*.stdout', r',cde$', ',cde,network_runs_in', RUNS_IN),
    ('*/layers*.stdout', r',([01])$', r',\1,stock', RUNS_IN),
    ('*/layers.csv', r',cde$', ',cde,network_runs_in', RUNS_IN),
    ('*/layers.csv', r',([01])$', r',\1,stock', RUNS_IN),
    ('*plan*.csv', r'\bopen,why\b', 'feasible,reason', 'columns of a plan renamed'),
    ('*plan*.csv', r'(^|,)front(,|$)', r'\1pareto\2', 'columns of a plan renamed'),
    ('*', r'--wish\b', '--optimize', '--wish is --optimize'),
    ('*', r'\bW wish(?=$|  )', 'W metric', 'a wish is an objective; its key is named for the metric'),
    ('*', r'\bwish\b', 'objective', 'a wish is an objective'),
    ('*', r'--type\b', '--dtype', '--type is --dtype'),
    ('*', r'--plan-file\b', '--tuning', '--plan-file is --tuning'),
    ('*', r'\bplan file\b', 'tuning file', 'a saved plan is a tuning'),
    ('*', r'\b(the|another|same|is not a) plan\b(?= was| has| computes| runs|:| \()', r'\1 tuning', 'a saved plan is a tuning'),
    ('*.meta.csv', r'^(from_)?plan,(?=[0-9a-f]{16}$)', r'\1tuning,', 'a saved plan is a tuning'),
    ('*store*', r'(^|,| )plan(,| |$)(?!CFG)', r'\1tuning\2', 'a saved plan is a tuning'),
    ('*', r'every figure\b', 'every metric', 'a figure of a plan is a metric'),
    ('*', r'own best layer|own best\b', 'best split', 'best split'),
    ('*', r', as by chance', ', near chance', 'near chance'),
    ('*', r'give the bits of the whole network', 'match the whole network bit for bit', 'match bit for bit'),
    ('*', r'\bhold(s?) (the limits|them)\b', r'meet\1 \2', 'limits are met'),
    ('*', r'nothing weighed here speaks for this split', 'none of these metrics favours this split', 'plain English'),
    ('*', r'assumed, as it was not given', 'not given, so assumed', 'plain English'),
    ('*', r'that takes two images of every class', 'it needs two images of every class', 'plain English'),
    ('*', r'results stand on', 'results are based on', 'plain English'),
    ('*', r'a class with one image tells nothing of its spread', 'the spread of a class with one image is not known',
     'plain English'),
    ('*', r'going on without', 'continuing without', 'plain English'),
    ('*', r'(the halves|writing the halves)', 'head and tail', 'plain English'),
    ('*', r'Mind the size', 'Note the size', 'plain English'),
    ('*', r'is nowhere to split', 'is no split point', 'plain English'),
    ('*', r'no tail is left, nothing behind it reads anything', 'no tail is left: no layer after it reads anything',
     'plain English'),
    ('*', r'it stands behind the scores, no tail is left', 'it comes after the scores; no tail is left', 'plain English'),
    ('*', r'is no plain file', 'is not a regular file', 'plain English'),
    ('*', r'stands here for the second time', 'occurs a second time', 'plain English'),
    ('*', r'speaks of layer', 'refers to layer', 'plain English'),
    ('*', r'take one away first', 'remove one first', 'plain English'),
    ('*', r'the mark of (\S+) is taken away', r'removed the mark of \1', 'plain English'),
    ('*', r'\(: mends it\)', '(: corrects it)', 'plain English'),
    ('*', r'measuring goes on', 'measuring continues', 'plain English'),
    # Section 1, mends: limits read right, each alone and all together.
    ('*', r'\brank (\d+) \(at most (\d+)\)', r'CUI rank \1 (\2 or better)', 'limits read right'),
    ('*', r'not known \(rank at most (\d+)\)', r'not known (CUI rank \1 or better)', 'limits read right'),
    ('*', r'(the limit of (?:latency|bytes|memory|energy)) \((?!at most)', r'\1 (at most ', 'limits read right'),
    ('*', r'(the limit of) importance, a rank \((\d+)\)', r'\1 importance (CUI rank \2 or better)', 'limits read right'),
    ('*', r'(the limit of accuracy) \((?!at least)', r'\1 (at least ', 'limits read right'),
    ('*', r'(limits: .*?)(?<!CUI )\brank (\d+)(?! or)', r'\1CUI rank \2 or better', 'limits read right'),
    ('*', r'limits: at most ([\d.]+ %) right or more', r'limits: at least \1 right', 'limits read right'),
    ('*', r', ([\d.]+ %) right or more', r', at least \1 right', 'limits read right'),
    # Since then: what was asked for by itself.
    ('vgg16/plan-none.stderr', r'device only: takes \S+ ms', 'split after block5_pool (layer 17): takes 60 ms', NEAREST),
    ('resnet50/plan-none.stderr', r'device only: takes \S+ ms', 'split after layer4_block1 (layer 68): takes 71.1 ms', NEAREST),
    ('tiny/plan-none.stderr', r'device only: takes \S+ ms', 'split after block5_conv1 (layer 14): takes 199.9 ms', NEAREST),
    ('tiny/plan-floor.stdout', r'server only(?=: accuracy)', 'split after block1_conv1 (layer 0)', NEAREST),
    ('[vr]*/*.meta.csv', r'(""split"":"""",)(?=""images"")', r'\1""labelled"":""class folder: 400"",', LABELLED),
    ('tiny/*.meta.csv', r'(""split"":""val"",)(?=""images"")', r'\1""labelled"":""val_annotations.txt: 1000"",', LABELLED),
    ('*/split.csv', r'\bcheck,check_inputs,check_source$',
     'check,check_by,check_inputs,check_source,head_runs_in,tail_runs_in,folded', HALVES),
    ('*/split.csv', r'\bbitwise,(\d+),synthetic$', r'bitwise,libdarknet,\1,synthetic,stock,stock,', HALVES),
    ('frames-*', r'(r reset|> sort)  u bytes', r'\1  T trapped  u bytes', 'trapped energy has a key'),
    ('[vr]*/split.csv', r'^((?:[^,]+,){12})(\d+)((?:,[^,]+){7},)(\d+)(?=,)',
     lambda match: '%s%d%s%d' % (match[1], int(match[2]) - 4, match[3], int(match[4]) - 4), PORTABLE),
]

# Lines that the first program does not write: (files, pattern of the whole line, why).
ADDED = [
    ('*.meta.csv', r'rows_xxh3,[0-9a-f]{16}', 'a .meta.csv says which file it belongs to'),
    ('*.meta.csv', r'bn_epsilon,darknet', 'the formula of batch norm is part of how a file was made'),
    ('*features.csv.meta.csv', r'(from_store,\d+|times,.*)', 'isplit features keeps what it measured'),
    ('*profile*.meta.csv', r'sum_agrees,[01]', 'a profile says whether its layers add up'),
    ('*/data.stdout', r'labels by  (class folder: 400|val_annotations.txt: 1000)', LABELLED),
]


def portable(content):
    """The weights of a half behind a header that stock Darknet reads alike everywhere: 0.1.0, `seen` in 4 bytes."""
    return struct.pack('<iii', 0, 1, 0) + content[12:16] + content[20:]


# Files that are not text, and what they became: (files, function of the bytes, why).
BECAME = [
    ('[vr]*/*.weights', portable, PORTABLE),
]

# Files that may differ altogether: (files, why).
FREE = [
    ('keys-*/?-[ysuzZfC].*', 'a key has one handler, which says what it did or why it did nothing'),
    ('keys-*/?-Enter.*', 'a key has one handler, which says what it did or why it did nothing'),
    ('keys-*/?-Tab.*', 'a key has one handler, which says what it did or why it did nothing'),
    ('keys-*/?-question.*', 'the help screen has the manual\'s words'),
    ('frames-*/1-200x60.*', 'the detail beside the curve ends with the record of the predictors'),
    ('frames-*/7-*', 'the detail ends with the record of the predictors'),
    ('keys-*/?-F1.*', 'the help screen has the manual\'s words'),
    ('keys-*/?-e.*', 'an export has the measured accuracies, too'),
]

NETWORKS = {
    'vgg16': {'words': ['cfg/letters-vgg16.cfg', 'weights/letters-vgg16.weights'], 'data': ['-d', 'letters'],
              'images': 60, 'batch': 8, 'cut': 'block4_pool', 'bad_cut': '99', 'classes': '0-2,E'},
    'resnet50': {'words': ['cfg/letters-resnet50.cfg', 'weights/letters-resnet50.weights'], 'data': ['-d', 'letters'],
                 'images': 40, 'batch': 8, 'cut': 'layer2_block4', 'bad_cut': '5', 'classes': '0-2,E'},
    'tiny': {'words': ['tiny.cfg', 'tiny.weights'],
             'data': ['-d', 'tiny-imagenet-200', '--labels', 'imagenet.labels'],
             'images': 24, 'batch': 4, 'cut': 'block5_conv1', 'bad_cut': '99', 'classes': 'n01*,n02*'},
}


class Side:
    """One of the two programs, and the folder it runs in."""

    def __init__(self, tree, inputs, folder):
        self.program = Path(tree).resolve() / 'isplit'
        self.folder = folder
        if not self.program.exists():
            sys.exit(f'{self.program} is missing: build that tree')
        folder.mkdir(parents=True)
        for link, target in inputs.items():
            (folder / link).symlink_to(target)
        self.env = {'PATH': os.environ['PATH'], 'HOME': str(folder / 'home'), 'LC_ALL': 'C.UTF-8', 'TZ': 'UTC',
                    'XDG_STATE_HOME': str(folder / 'state'), 'XDG_CACHE_HOME': str(folder / 'cache'),
                    'XDG_CONFIG_HOME': str(folder / 'config'), 'OMP_WAIT_POLICY': 'passive'}

    def run(self, name, *words):
        """Runs the program; what it says and its exit status are kept as NAME.stdout and NAME.stderr."""
        out = self.folder / 'out' / name
        out.parent.mkdir(parents=True, exist_ok=True)
        run = subprocess.run([self.program, *map(str, words)], cwd=self.folder, env=self.env, capture_output=True,
                             stdin=subprocess.DEVNULL, timeout=TIMEOUT, check=False)
        Path(f'{out}.stdout').write_bytes(run.stdout)
        Path(f'{out}.stderr').write_bytes(run.stderr + b'exit status %d\n' % run.returncode)
        return run

    def docs(self):
        return subprocess.run([self.program, 'docs', 'markdown'], capture_output=True, check=True, text=True).stdout


def keys_of(docs):
    """(view keys, all others) as the program's own list of keys has them."""
    views, others, section = [], [], ''
    for line in docs.splitlines():
        cells = [cell.strip() for cell in re.split(r'(?<!\\)\|', line)[1:-1]]
        if len(cells) < 3:
            continue
        if cells[0].startswith('**'):
            section = cells[0].strip('*')
        for key in re.findall(r'`([^`]+)`', cells[0]):
            (views if section == 'Views' else others).append(key)
    return views, list(dict.fromkeys(others))


def measured(network):
    """The words that make both programs compute alike."""
    return [*network['words'], *network['data'], '-n', network['images'], '--batch', network['batch'], '--threads', 1,
            '--memory', '2G']


def batch_commands(name, network):
    """(name, words) of each command whose output is compared; later ones read what earlier ones wrote."""
    out = f'out/{name}/'
    exact = [*measured(network), '--exact', '--plan-file', f'{name}.plan']
    fast = [*measured(network), '--plan-file', f'{name}-fast.plan']
    store = ['--store', f'{name}.db']
    cfg, rows = network['words'][0], f'{out}images.csv'
    devices = ['--edge', f'{name}-device.csv', '--server', '200', '--link', 'lte']
    features = ['--features', f'{out}features.csv']
    yield 'curve', ['curve', *exact, *store, '-o', out + 'curve.csv', '--images-csv', rows, '--classes-csv',
                    out + 'classes.csv', '--chart']
    yield 'curve-again', ['curve', *exact, *store, '-o', out + 'again.csv']
    yield 'curve-own', ['curve', *measured(network), '--exact', '--plan-file', out + 'own.plan', '--no-store']
    yield 'curve-fast', ['curve', *fast, *store, '-o', out + 'fast.csv']
    yield 'curve-options', ['curve', *measured(network), '--exact', *store, '-o', out + 'options.csv', '--layers',
                            'clean', '--score', 'top', '--reduce', 'sum', '--tap', 'pre', '--bgr', '--mean', '.4,.5,.6',
                            '--fit', 'stretch', '-n', 12]
    yield 'curve-all', ['curve', *network['words'], *network['data'], '-n', 8, '--batch', network['batch'], '--threads',
                        1, '--exact', '--no-store', '--layers', 'all', '-o', out + 'all.csv', '--chart']
    yield 'curve-shard', ['curve', *exact, '--shard', '1/2', '--store', f'{name}-shard.db', '-o', out + 'shard.csv']
    yield 'curve-until', ['curve', *exact, *store, '--until-stable', '0.5', '-o', out + 'until.csv', '--chart']
    yield 'curve-classes', ['curve', *exact, *store, '-c', network['classes'], '-o', out + 'chosen.csv', '--chart']
    yield 'curve-subsets', ['curve', '--from', rows, '--subsets', 'subsets', '-o', out + 'subsets.csv', '--chart']
    yield 'curve-from', ['curve', '--from', f'{name}.db', '--study', 1, '-o', out + 'from.csv', '--chart']
    yield 'layers', ['layers', cfg, '-o', out + 'layers.csv']
    yield 'layers-clean', ['layers', cfg, '--layers', 'clean']
    yield 'layers-all', ['layers', cfg, '--layers', 'all']
    yield 'data', ['data', network['data'][1], cfg, *network['data'][2:]]
    yield 'features', ['features', *measured(network), '--exact', '-o', out + 'features.csv', '-n', 12]
    yield 'profile', ['profile', *network['words'], '--runs', 1, '-o', out + 'profile.csv']
    yield 'profile-onednn', ['profile', *network['words'], '--runs', 1, '--runtime', 'onednn', '--threads', 1, '-o',
                             out + 'profile-onednn.csv']
    yield 'split', ['split', *network['words'], '--at', network['cut'], '-o', out + 'halves', '--check', 2]
    yield 'split-best', ['split', *network['words'], '--at', 'best', '--curve', out + 'curve.csv', '-o',
                         out + 'best', '--check', 1]
    yield 'split-refused', ['split', *network['words'], '--at', network['bad_cut'], '-o', out + 'refused']
    yield 'plan', ['plan', *exact, *store, *devices]
    yield 'plan-csv', ['plan', *exact, *store, *devices, '-o', out + 'plan.csv']
    yield 'plan-curve', ['plan', *network['words'], '--curve', out + 'curve.csv', *devices, '--joule-mac', '5e-11',
                         '-o', out + 'plan-curve.csv']
    yield 'plan-bare', ['plan', *network['words'], '--link', 'ble']
    yield 'plan-limits', ['plan', '--from', rows, *devices, '--type', 'int8', *features, '--zstd', '--max-latency', 90,
                          '--max-memory', '3M', '--max-bytes', '64K', '--min-cui-rank', 6]
    yield 'plan-floor', ['plan', '--from', rows, *devices, *features, '--min-accuracy', '0.9']
    yield 'plan-none', ['plan', '--from', rows, *devices, '--max-latency', '0.01', '-o', out + 'plan-none.csv']
    for wish in ('latency', 'bytes', 'memory', 'energy', 'accuracy'):
        yield 'plan-' + wish, ['plan', '--from', rows, *devices, *features, '--joule-mac', '5e-11', '--wish', wish,
                               '-o', f'{out}plan-{wish}.csv']
    yield 'store-ls', ['store', 'ls', *store]
    yield 'store-ls-csv', ['store', 'ls', *store, '-o', out + 'store-ls.csv']
    yield 'store-verify', ['store', 'verify', *store]
    yield 'store-export', ['store', 'export', 1, *store, '-o', out + 'export.csv']
    yield 'store-merge', ['store', 'merge', f'{name}-shard.db', '--store', f'{name}-merged.db']
    yield 'store-merged', ['store', 'ls', '--store', f'{name}-merged.db']
    yield 'store-rm', ['store', 'rm', 1, '--store', f'{name}-merged.db']


def other_commands():
    """What needs no network of its own, and what is refused."""
    yield 'demo', ['curve', 'cfg/letters.data', '-n', 8, '--exact', '--batch', 8, '--threads', 1, '--no-store']
    yield 'link', ['link']
    yield 'link-time', ['link', 'wifi,rtt=40,loss=0.01', 401408]
    yield 'link-own', ['link', 'bandwidth=2,rtt=100,slow_start=1', 401408]
    yield 'no-command', ['curv']
    yield 'no-network', ['curve']
    yield 'no-file', ['layers', 'none.cfg']
    yield 'no-data', ['curve', 'cfg/letters-vgg16.cfg', 'weights/letters-vgg16.weights', '-d', 'none', '--no-store']
    yield 'no-class', ['curve', 'cfg/letters.data', '-c', 'unicorn', '--no-store']
    yield 'no-option', ['curve', '--colour']
    yield 'no-value', ['curve', 'cfg/letters.data', '--reduce', 'max']
    yield 'no-number', ['curve', 'cfg/letters.data', '-n', 'many']
    yield 'no-link', ['link', 'wifi,speed=3']
    yield 'foreign-weights', ['curve', 'cfg/letters-vgg16.cfg', 'weights/letters-resnet50.weights', '-d', 'letters',
                              '--no-store']


def screen(size, script, *words):
    return ['--dump', size, '--no-state', *(['--script', script] if script else []), *words]


def frames(name, network, views, keys):
    """(name, words): every view in every size from a measured study, and every key in every view from its rows."""
    out = f'out/{name}/'
    worker = [*measured(network), '--exact', '--plan-file', f'{name}.plan', '--store', f'{name}.db', '--edge',
              f'{name}-device.csv', '--link', 'lte']
    rows = ['--from', out + 'images.csv', '--edge', '0.5', '--joule-mac', '5e-11', '--max-latency', 900, '--features',
            out + 'features.csv']
    for view in views:
        for size in SIZES:
            yield f'frames-{name}/{view}-{size}', screen(size, 'c ' + view, *worker)
        for key in keys:
            yield f'keys-{name}/{view}-{file_name(key)}', screen(EVERY_KEY_SIZE, f'c * {view} Down {key}', *rows)
    exports = 'e Down Down Down Space Down Space Enter Ctrl-U "%s" Enter 8'
    for view in ('1', '9'):
        export = exports % f'{out}screen-{view}'
        yield f'frames-{name}/export-{view}', screen('100x30', f'* x Right X "a note" Enter {view} {export}', *worker)
    yield f'frames-{name}/state', ['--dump', '80x24', '--script', 'x X "kept" Enter : "0-2" Enter w "few" Enter', *rows]


def file_name(key):
    return key if key.isalnum() or '-' in key and len(key) > 1 else \
        {'?': 'question'}.get(key, '+'.join('%02x' % ord(one) for one in key))


def run_all(side, names, views, others, every_key):
    for step, words in other_commands():
        side.run('other/' + step, *words)
    for name in names:
        (side.folder / 'out' / name).mkdir(parents=True)
        for step, words in batch_commands(name, NETWORKS[name]):
            side.run(f'{name}/{step}', *words)
        for step, words in frames(name, NETWORKS[name], views, others if name in every_key else ()):
            side.run(step, *words)
    for file in (side.folder / 'state').rglob('*.json'):
        kept = side.folder / 'out' / 'state' / file.relative_to(side.folder / 'state')
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, kept)


def write_inputs(before, side, names):
    """What both sides read: plans and device files of the first program. Kept apart from what is compared."""
    made = {}
    for name in names:
        network, plain = NETWORKS[name], ['--no-store', '-o', '/dev/null']
        for kind in ([], ['--exact']):
            file = side.folder / f'{name}{"" if kind else "-fast"}.plan'
            words = [*measured(network), '-n', 1, *kind, '--plan-file', file]
            run = subprocess.run([before, 'curve', *map(str, words), *plain], cwd=side.folder, env=side.env, check=False,
                                 capture_output=True, text=True, timeout=TIMEOUT)
            if run.returncode:
                sys.exit(run.stderr)
            made[file.name] = file
        layers = subprocess.run([before, 'layers', network['words'][0], '--layers', 'all'], cwd=side.folder,
                                env=side.env, check=True, capture_output=True, text=True).stdout
        device = side.folder / f'{name}-device.csv'
        with open(device, 'w', encoding='utf-8') as file:
            print('layer,median_ms', file=file)
            for row in csv.DictReader(layers.splitlines()):
                print('%s,%.6g' % (row['layer'], float(row['macs'] or 0) / 5e6 + .01), file=file)
        made[device.name] = device
    return made


def inputs(before, folder):
    """name in a side's folder -> what stands there, the same for both sides; and the networks there are."""
    (folder / 'subsets').write_text('first = 0-4\nothers = !0-4\n', encoding='utf-8')
    links = {'cfg': before / 'cfg', 'weights': before / 'weights', 'letters': before / 'tests/samples/letters',
             'tests': before / 'tests', 'subsets': folder / 'subsets'}
    names = ['vgg16', 'resnet50']
    tar = DATA / 'tiny-imagenet-mini.tar'
    weights = DATA / 'tiny-darknet/tiny.weights'
    if tar.exists() and weights.exists() and (DARKNET / 'cfg/tiny.cfg').exists():
        with tarfile.open(tar) as archive:
            archive.extractall(folder)
        labels = (DARKNET / 'data/imagenet.labels.list').read_text(encoding='utf-8').splitlines()[:1000]
        (folder / 'labels').write_text('\n'.join(labels) + '\n', encoding='utf-8')
        links.update({'tiny.cfg': DARKNET / 'cfg/tiny.cfg', 'tiny.weights': weights,
                      'tiny-imagenet-200': folder / 'tiny-imagenet-200', 'imagenet.labels': folder / 'labels'})
        names.append('tiny')
    else:
        print(f'Tiny Darknet: skipped, it is not in {DATA}')
    return links, names


def masked(name, text):
    for files, pattern, mask in MASKED:
        if fnmatch.fnmatch(name, files):
            text = re.sub(pattern, mask, text, flags=re.M)
    return text


def squeezed(line):
    return re.sub(r'[ ─…]+', ' ', line).strip()


class Comparison:
    """Counts what differs, and says it."""

    def __init__(self, final):
        self.final = final
        self.same = 0
        self.allowed = {}  # why -> lines
        self.free = {}     # why -> files
        self.different = []

    def line(self, name, old, new):
        """Whether the new line is what may have become of the old one."""
        if old == new:
            return True
        became, reasons = old, []
        both = new
        for files, pattern, words, why in ALLOWED:
            if fnmatch.fnmatch(name, files):
                became, n = re.subn(pattern, words, became)
                both = re.sub(pattern, words, both)
                reasons += [why] * (n > 0)
        taken = [squeezed(new)] + ([] if self.final else [squeezed(both)])
        if not reasons or squeezed(became) not in taken:
            return False
        self.allow(reasons)
        return True

    def allow(self, reasons):
        for why in reasons:
            self.allowed[why] = self.allowed.get(why, 0) + 1

    def binary(self, name, old, new):
        for files, became, why in BECAME:
            if fnmatch.fnmatch(name, files) and became(old) == new:
                self.same += 1
                self.allow([why])
                return
        self.different.append(f'{name}: other bytes')

    def without_added(self, name, old, new):
        """The new lines but for those that only the second program writes."""
        kept = []
        for line in new:
            reasons = [why for files, pattern, why in ADDED if fnmatch.fnmatch(name, files) and
                       re.fullmatch(pattern, line) and line not in old]
            self.allow(reasons[:1])
            if not reasons:
                kept.append(line)
        return kept

    def file(self, name, old, new):
        if old == new:
            self.same += 1
            return
        for files, why in FREE:
            if fnmatch.fnmatch(name, files):
                self.free[why] = self.free.get(why, 0) + 1
                return
        try:
            old, new = (masked(name, data.decode()).split('\n') for data in (old, new))
        except UnicodeDecodeError:
            self.binary(name, old, new)
            return
        new = self.without_added(name, old, new)
        if len(old) == len(new) and all(self.line(name, *pair) for pair in zip(old, new)):
            self.same += 1
            return
        self.different.append('\n'.join(difflib.unified_diff(old, new, name + ' before', name + ' after', n=1,
                                                             lineterm='')))

    def folders(self, before, after):
        files = [{str(path.relative_to(side)): path for path in side.rglob('*') if path.is_file()}
                 for side in (before, after)]
        for name in sorted(files[0].keys() | files[1].keys()):
            if all(name in side for side in files):
                self.file(name, files[0][name].read_bytes(), files[1][name].read_bytes())
            else:
                self.different.append(f'{name}: written {"before" if name in files[0] else "after"} only')


def meta_of(path):
    with open(f'{path}.meta.csv', encoding='utf-8', newline='') as file:
        return dict(csv.reader(file))


def check_old_stores(comparison, old, new, names):
    """The second program opens the stores of the first; nothing is measured again, and the files are the same."""
    for name in names:
        network = NETWORKS[name]
        store, out = new.folder / f'{name}-old.db', new.folder / f'{name}-old.csv'
        shutil.copy(old.folder / f'{name}.db', store)
        for plan, kept in ((f'{name}.plan', 'curve.csv'), (f'{name}-fast.plan', 'fast.csv')):
            exact = [] if 'fast' in plan else ['--exact']
            run = new.run(f'old-{name}-{kept}', 'curve', *measured(network), *exact, '--plan-file', plan, '--store', store,
                          '-o', out)
            if run.returncode:
                comparison.different.append(f'{store.name}: {run.stderr.decode()}')
                continue
            meta = meta_of(out)
            if not meta['from_store'] == meta['images'] == str(network['images']):
                comparison.different.append(f'{store.name}, {plan}: {meta["from_store"]} of {meta["images"]} images '
                                            'were in the store of the program before (expected all)')
            comparison.file(f'old-store-{name}/{kept}', (old.folder / 'out' / name / kept).read_bytes(), out.read_bytes())
        run = new.run(f'old-{name}-from', 'curve', '--from', store, '--study', 1, '-o', out)
        if run.returncode:
            comparison.different.append(f'--from {store.name}: {run.stderr.decode()}')
        else:
            comparison.file(f'old-store-{name}/from.csv', (old.folder / 'out' / name / 'from.csv').read_bytes(),
                            out.read_bytes())


def build(commit, folder):
    """A built tree of that commit in `folder`; the caller's working tree is left alone."""
    subprocess.run(['git', '-C', TOP, 'worktree', 'add', '--quiet', '--detach', folder, commit], check=True)
    compiler = ['CC=ccache gcc'] if shutil.which('ccache') else []
    subprocess.run(['make', '--no-print-directory', '-C', folder, f'-j{os.cpu_count()}', *compiler, 'all'], check=True,
                   stdout=subprocess.DEVNULL, env=dict(os.environ, CCACHE_NOHASHDIR='1'))
    return folder


def compare(before, after, folder, final, only, every_key):
    links, names = inputs(before, folder)
    names = [name for name in names if not only or name in only]
    maker = Side(before, links, folder / 'inputs')
    links.update(write_inputs(before / 'isplit', maker, names))
    sides = [Side(tree, links, folder / which) for tree, which in ((before, 'before'), (after, 'after'))]
    views, others = keys_of(sides[1].docs())
    old_views, _ = keys_of(sides[0].docs())
    leave = ('q', 'Ctrl-C', 'Ctrl-Z')
    others = [key for key in others if key not in leave]
    comparison = Comparison(final)
    if [view for view in old_views if view not in views] or len(views) < 2:
        comparison.different.append(f'views {old_views} before, {views} after')
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(run_all, side, names, old_views, others, every_key) for side in sides]:
            done.result()
    comparison.folders(*(side.folder / 'out' for side in sides))
    check_old_stores(comparison, *sides, names)
    return comparison


def report(comparison):
    for text in comparison.different:
        print(text)
    for why, n in comparison.allowed.items():
        print(f'allowed in {n} lines: {why}')
    for why, n in comparison.free.items():
        print(f'allowed in {n} files: {why}')
    print(f'{comparison.same} files alike, {len(comparison.different)} differ')
    return 1 if comparison.different or not comparison.same else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--before', type=Path)
    parser.add_argument('--before-commit')
    parser.add_argument('--after', type=Path, default=TOP)
    parser.add_argument('--final', action='store_true')
    parser.add_argument('--keep', type=Path)
    parser.add_argument('--fewer', action='store_true', help='not every key in every view')
    parser.add_argument('only', nargs='*', help='vgg16, resnet50, tiny')
    args = parser.parse_args()
    if bool(args.before) == bool(args.before_commit):
        parser.error('one of --before and --before-commit is needed')
    with tempfile.TemporaryDirectory(prefix='isplit-unchanged-') as temporary:
        folder = (args.keep or Path(temporary) / 'runs').resolve()
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        tree = Path(temporary) / 'tree'
        try:
            before = args.before.resolve() if args.before else build(args.before_commit, tree)
            return report(compare(before, args.after.resolve(), folder, args.final, args.only,
                                  [] if args.fewer else EVERY_KEY))
        finally:
            if tree.exists():
                subprocess.run(['git', '-C', TOP, 'worktree', 'remove', '--force', tree], check=False)


if __name__ == '__main__':
    sys.exit(main())
