"""ONNX models for tests, written field by field: what no exporter writes can be written too."""
import struct

import numpy

FLOAT, UINT8, INT8, UINT16, INT16, INT32, INT64, BOOL, FLOAT16, DOUBLE, UINT32, UINT64, BFLOAT16 = 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 16
TYPES = {'float32': FLOAT, 'uint8': UINT8, 'int8': INT8, 'uint16': UINT16, 'int16': INT16, 'int32': INT32, 'int64': INT64, 'bool': BOOL,
         'float16': FLOAT16, 'float64': DOUBLE, 'uint32': UINT32, 'uint64': UINT64}


def varint(number):
    number &= (1 << 64) - 1
    out = b''
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def whole(field, number):
    return varint(field << 3) + varint(number)


def real(field, number):
    return varint(field << 3 | 5) + struct.pack('<f', number)


def part(field, content):
    """Bytes, text, or a message."""
    content = content.encode() if isinstance(content, str) else content
    return varint(field << 3 | 2) + varint(len(content)) + content


def tensor_head(name, dims, kind):
    return b''.join(whole(1, side) for side in dims) + whole(2, kind) + part(8, name)


def tensor(name, values, form='raw'):
    """A TensorProto of a numpy array, its numbers as raw bytes; in the typed field, packed, one by one, or in two pieces; or
    as half floats, raw or in int32_data."""
    values = numpy.asarray(values)
    kind = TYPES[values.dtype.name]
    if form.startswith('half'):
        half = values.astype('<f2')
        numbers = b''.join(varint(int(bits)) for bits in half.view('<u2').ravel())
        return tensor_head(name, values.shape, FLOAT16) + (part(9, half.tobytes()) if form == 'half' else part(5, numbers))
    head = tensor_head(name, values.shape, kind)
    if form == 'raw':
        return head + part(9, values.astype(values.dtype.newbyteorder('<')).tobytes())
    if kind == FLOAT:
        one = [struct.pack('<f', value) for value in values.ravel()]
        return head + (part(4, b''.join(one)) if form == 'packed' else b''.join(varint(4 << 3 | 5) + value for value in one))
    if kind == DOUBLE:
        return head + part(10, values.tobytes())
    field = {INT64: 7, UINT32: 11, UINT64: 11}.get(kind, 5)
    one = [varint(int(value)) for value in values.ravel()]
    if form == 'pieces':
        return head + part(field, b''.join(one[:5])) + part(field, b''.join(one[5:]))
    return head + (part(field, b''.join(one)) if form == 'packed' else b''.join(varint(field << 3) + value for value in one))


def external(name, dims, location, kind=FLOAT, **entries):
    """A tensor whose numbers are in another file."""
    pairs = {'location': location, **{key: str(value) for key, value in entries.items()}}
    return (tensor_head(name, dims, kind) + whole(14, 1) +
            b''.join(part(13, part(1, key) + part(2, value)) for key, value in pairs.items()))


def attribute(name, value):
    head = part(1, name)
    if isinstance(value, (bool, int)):
        return head + whole(3, int(value)) + whole(20, 2)
    if isinstance(value, float):
        return head + real(2, value) + whole(20, 1)
    if isinstance(value, str):
        return head + part(4, value) + whole(20, 3)
    if isinstance(value, bytes):  # a tensor
        return head + part(5, value) + whole(20, 4)
    if value and isinstance(value[0], float):
        return head + b''.join(real(7, number) for number in value) + whole(20, 6)
    return head + b''.join(whole(8, number) for number in value) + whole(20, 7)


def node(operator, inputs, outputs, name='', domain='', **attributes):
    """inputs, outputs: names, separated by spaces; '-' for one that is left out."""
    return (b''.join(part(1, '' if word == '-' else word) for word in inputs.split()) +
            b''.join(part(2, word) for word in outputs.split()) + part(3, name or outputs.split()[0] + '_node') +
            part(4, operator) + b''.join(part(5, attribute(key, value)) for key, value in attributes.items()) +
            (part(7, domain) if domain else b''))


def value_info(name, dims, kind=FLOAT):
    """A side that is a text is a dynamic one."""
    sides = b''.join(part(1, part(2, side) if isinstance(side, str) else whole(1, side)) for side in dims)
    return part(1, name) + part(2, part(1, whole(1, kind) + part(2, sides)))


def model(nodes, tensors=(), shape=(1, 3, 8, 8), output=None, opset=13, inputs=(), outputs=None):
    """A ModelProto whose input is `x`; the output is that of the last node, or `output`."""
    if outputs is None:
        outputs = [output or first_output(nodes[-1])]
    graph = (b''.join(part(1, one) for one in nodes) + part(2, 'graph') + b''.join(part(5, one) for one in tensors) +
             part(11, value_info('x', shape)) + b''.join(part(11, one) for one in inputs) +
             b''.join(part(12, value_info(name, ())) for name in outputs))
    return whole(1, 7) + part(2, 'tests') + part(7, graph) + part(8, part(1, '') + whole(2, opset))


def first_output(one):
    """The first output's name in the bytes of a node."""
    at = 0
    while True:
        field, length = one[at], one[at + 1]
        if field == 2 << 3 | 2:
            return one[at + 2:at + 2 + length].decode()
        at += 2 + length
