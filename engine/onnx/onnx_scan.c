#include "onnx/onnx_scan.h"

#include <stdbool.h>
#include <stdint.h>

#include "onnx/onnx.pb-c.h"

/* A model of ours needs 7 levels; a node with a graph inside, which is refused later by its name, some more.
 */
#define DEPTH_MAX 24
/* Messages and strings, of which each costs allocations. densenet201 has 10,000. */
#define PARTS_MAX (1L << 20)

enum wire { WIRE_VARINT = 0, WIRE_8 = 1, WIRE_LENGTH = 2, WIRE_4 = 5 };

struct scan {
    const char *path;
    const unsigned char *start;
    long parts;
    struct error *e;
};

static int scan_fail(const struct scan *s, const unsigned char *at, const char *what)
{
    return error_at(s->e, s->path, 0, "is no ONNX model, or a damaged one: %s at byte %zu", what,
                    (size_t)(at - s->start));
}

/* Moves *at behind a number of up to ten bytes. */
static int scan_varint(const struct scan *s, const unsigned char **at, const unsigned char *end,
                       uint64_t *value)
{
    const unsigned char *start = *at;
    *value = 0;
    for (unsigned shift = 0; shift < 70 && *at < end; shift += 7) {
        unsigned char byte = *(*at)++;
        *value |= shift < 64 ? (uint64_t)(byte & 0x7f) << shift : 0;
        if (!(byte & 0x80))
            return 0;
    }
    return scan_fail(s, start, *at < end ? "a number without an end" : "it ends too early");
}

/* The size of a field's value; *at is then at its first byte. */
static int scan_size(const struct scan *s, const unsigned char **at, const unsigned char *end, int wire,
                     uint64_t *size)
{
    uint64_t number;
    const unsigned char *start = *at;
    switch (wire) {
    case WIRE_VARINT:
        *size = 0;
        return scan_varint(s, at, end, &number);
    case WIRE_8:
        *size = 8;
        break;
    case WIRE_4:
        *size = 4;
        break;
    case WIRE_LENGTH:
        if (scan_varint(s, at, end, size) < 0)
            return -1;
        break;
    default:
        return scan_fail(s, start, "a field of an unknown kind");
    }
    return *size <= (uint64_t)(end - *at) ? 0 : scan_fail(s, start, "it ends too early");
}

static int scan_message(struct scan *s, const ProtobufCMessageDescriptor *kind, const unsigned char *at,
                        const unsigned char *end, int depth);

/* A part given twice would be merged, at a cost that grows with the square of how often. */
static int scan_part(struct scan *s, const ProtobufCMessageDescriptor *kind,
                     const ProtobufCFieldDescriptor *field, const unsigned char *at, uint64_t size, int depth,
                     uint64_t *seen)
{
    bool message = field->type == PROTOBUF_C_TYPE_MESSAGE;
    uint64_t bit = 1ull << ((size_t)(field - kind->fields) & 63);
    if (!message && field->type != PROTOBUF_C_TYPE_STRING && field->type != PROTOBUF_C_TYPE_BYTES)
        return 0;
    if (++s->parts > PARTS_MAX)
        return error_at(s->e, s->path, 0, "has more than %ld parts (expected a network)", PARTS_MAX);
    if (field->label != PROTOBUF_C_LABEL_REPEATED && *seen & bit)
        return error_at(s->e, s->path, 0,
                        "is no ONNX model, or a damaged one: '%s' is there twice in %s, at byte %zu",
                        field->name, kind->short_name, (size_t)(at - s->start));
    *seen |= bit;
    return message ? scan_message(s, field->descriptor, at, at + size, depth + 1) : 0;
}

static int scan_message(struct scan *s, const ProtobufCMessageDescriptor *kind, const unsigned char *at,
                        const unsigned char *end, int depth)
{
    uint64_t seen = 0;
    if (depth > DEPTH_MAX)
        return error_at(s->e, s->path, 0, "has parts within parts, more than %d deep (expected a network)",
                        DEPTH_MAX);
    while (at < end) {
        uint64_t tag, size = 0;
        const unsigned char *start = at;
        if (scan_varint(s, &at, end, &tag) < 0)
            return -1;
        if (tag >> 3 == 0 || tag >> 3 >= 1u << 29)
            return scan_fail(s, start, "a field without a number");
        if (scan_size(s, &at, end, (int)(tag & 7), &size) < 0)
            return -1;
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field(kind, (unsigned)(tag >> 3));
        if (field && (tag & 7) == WIRE_LENGTH && scan_part(s, kind, field, at, size, depth, &seen) < 0)
            return -1;
        at += size;
    }
    return 0;
}

int onnx_scan(const char *path, const unsigned char *bytes, size_t n, struct error *e)
{
    struct scan s = {.path = path, .start = bytes, .e = e};
    return scan_message(&s, &onnx__model_proto__descriptor, bytes, bytes + n, 0);
}
