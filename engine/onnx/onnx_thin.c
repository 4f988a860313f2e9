#include "onnx/onnx_thin.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "onnx/onnx_type.h"

#define LENGTH 2      /* protobuf's wire type of whatever has a length in front */
#define LENGTH_ROOM 5 /* bytes of a length that is filled in later: as many as protobuf-c takes */

#define TENSOR_TYPE 2 /* a field of TensorProto */

struct thin {
    const unsigned char *start; /* of the model */
    unsigned char *out;         /* [size], of room; NULL: there is no memory */
    size_t size, room;
};

static void put_bytes(struct thin *t, const void *bytes, size_t n)
{
    if (t->out && n > t->room - t->size) {
        size_t room = t->room + t->room + n; /* the parts of a model: under 12 GB */
        unsigned char *more = realloc(t->out, room);
        if (!more)
            free(t->out);
        t->out = more;
        t->room = room;
    }
    if (t->out && n)
        memcpy(t->out + t->size, bytes, n);
    t->size += n;
}

/* ---- Fields ----------------------------------------------------------------------------------------- */

/* Of checked bytes: ten at most. */
static uint64_t next_varint(const unsigned char **at)
{
    uint64_t value = 0;
    unsigned char byte;
    unsigned shift = 0;
    do {
        byte = *(*at)++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        shift += 7;
    } while (byte & 0x80);
    return value;
}

/* A field's tag; *value is then its value (a varint's own bytes, or what has a length), of *n bytes, and *at
 * behind it. */
static uint64_t next_field(const unsigned char **at, const unsigned char **value, size_t *n)
{
    uint64_t tag = next_varint(at);
    size_t length = (tag & 7) == LENGTH ? (size_t)next_varint(at) : (tag & 7) == 1 ? 8 : 4;
    *value = *at;
    if ((tag & 7) == 0)
        next_varint(at);
    else
        *at += length;
    *n = (size_t)(*at - *value);
    return tag;
}

/* ---- Tensors ---------------------------------------------------------------------------------------- */

/* In which field a tensor's numbers are expected: its type may stand behind them. 0: in none that is read. */
static unsigned expected_field(const unsigned char *at, const unsigned char *end)
{
    const unsigned char *value;
    size_t n;
    int type = 0;
    while (at < end) {
        uint64_t tag = next_field(&at, &value, &n);
        if (tag == (ONNX_RAW << 3 | LENGTH))
            return ONNX_RAW;
        if (tag == TENSOR_TYPE << 3)
            type = (int)(uint32_t)next_varint(&value);
    }
    return onnx_type_size(type) ? onnx_type_field(type) : 0;
}

/* The field whose bytes are the tensor's numbers one after the other; 0: none. */
static unsigned numbers_field(const unsigned char *at, const unsigned char *end)
{
    const unsigned char *value;
    const unsigned field = expected_field(at, end);
    const size_t each = field == ONNX_FLOATS ? sizeof(float) : field == ONNX_DOUBLES ? sizeof(double) : 1;
    size_t n, bytes = 0;
    int pieces = 0;
    while (at < end) {
        uint64_t tag = next_field(&at, &value, &n);
        if (tag >> 3 == field) {
            pieces += (tag & 7) == LENGTH ? 1 : 2; /* one by one is never one piece */
            bytes = n;
        }
    }
    return pieces == 1 && bytes % each == 0 ? field : 0;
}

/* As raw data, whichever field they were in. */
static void put_place(struct thin *t, unsigned field, const unsigned char *value, size_t n)
{
    const uint64_t place[3] = {(uint64_t)(value - t->start), n, field};
    const unsigned char head[2] = {ONNX_RAW << 3 | LENGTH, sizeof place};
    put_bytes(t, head, sizeof head);
    put_bytes(t, place, sizeof place);
}

unsigned onnx_thin_place(const Onnx__TensorProto *t, size_t n, size_t *at, size_t *size)
{
    uint64_t place[3];
    if (t->raw_data.len != sizeof place)
        return 0;
    memcpy(place, t->raw_data.data, sizeof place);
    *at = (size_t)place[0];
    *size = (size_t)place[1];
    return place[0] <= n && place[1] <= n - place[0] ? (unsigned)place[2] : 0;
}

/* ---- Messages --------------------------------------------------------------------------------------- */

static void put_message(struct thin *t, const ProtobufCMessageDescriptor *kind, const unsigned char *at,
                        const unsigned char *end);

/* Its length is known when it has been written. */
static void put_inner(struct thin *t, const ProtobufCMessageDescriptor *kind, const unsigned char *value,
                      size_t n)
{
    unsigned char length[LENGTH_ROOM] = {0};
    size_t head = t->size;
    put_bytes(t, length, sizeof length);
    put_message(t, kind, value, value + n);
    size_t bytes = t->size - head - sizeof length;
    for (int i = 0; i < LENGTH_ROOM; i++)
        length[i] = (unsigned char)((bytes >> 7 * i & 0x7f) | (i < LENGTH_ROOM - 1 ? 0x80 : 0));
    if (t->out)
        memcpy(t->out + head, length, sizeof length);
}

/* Recurses as deep as onnx_scan lets it. */
static void put_message(struct thin *t, const ProtobufCMessageDescriptor *kind, const unsigned char *at,
                        const unsigned char *end)
{
    unsigned numbers = kind == &onnx__tensor_proto__descriptor ? numbers_field(at, end) : 0;
    while (at < end) {
        const unsigned char *start = at, *behind_tag = at, *value;
        size_t n;
        uint64_t tag = next_field(&at, &value, &n);
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field(kind, (unsigned)(tag >> 3));
        if (numbers && tag == (numbers << 3 | LENGTH)) {
            put_place(t, numbers, value, n);
        } else if (field && field->type == PROTOBUF_C_TYPE_MESSAGE && (tag & 7) == LENGTH) {
            next_varint(&behind_tag);
            put_bytes(t, start, (size_t)(behind_tag - start));
            put_inner(t, field->descriptor, value, n);
        } else {
            put_bytes(t, start, (size_t)(at - start));
        }
    }
}

unsigned char *onnx_thin(const unsigned char *bytes, size_t n, size_t *thin_n)
{
    struct thin t = {.start = bytes, .room = 1 << 16};
    t.out = malloc(t.room);
    put_message(&t, &onnx__model_proto__descriptor, bytes, bytes + n);
    *thin_n = t.size;
    return t.out;
}
