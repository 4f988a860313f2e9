#include "half/talk.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#define XXH_STATIC_LINKING_ONLY /* for the state, which needs no memory of its own */
#include <xxhash.h>

#include "base/memory.h"
#include "base/text.h"
#include "features/frame.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "messages are copied as they lie in memory");
_Static_assert(sizeof(struct talk_hello) == 16 && sizeof(struct talk_answer) == 32 &&
                   sizeof(struct talk_times) == 32 && sizeof(struct talk_stamps) == 16,
               "payloads have no holes");

static const char talk_magic[4] = {'I', 'S', 'P', 'M'};

struct head {
    char magic[4];
    uint8_t version, kind;
    uint16_t zero;
    uint64_t number;
    uint32_t length, zeros;
    uint64_t sum;
};
_Static_assert(sizeof(struct head) == TALK_HEADER, "the header has no holes");
enum { SUMMED = offsetof(struct head, sum) };

static uint64_t talk_sum(const void *header, const void *first, size_t first_n, const void *second,
                         size_t second_n)
{
    XXH3_state_t state;
    XXH3_64bits_reset(&state);
    XXH3_64bits_update(&state, header, SUMMED);
    if (first_n > 0)
        XXH3_64bits_update(&state, first, first_n);
    if (second_n > 0)
        XXH3_64bits_update(&state, second, second_n);
    return XXH3_64bits_digest(&state);
}

void talk_header(unsigned char header[TALK_HEADER], enum talk_kind kind, uint64_t number, const void *first,
                 size_t first_n, const void *second, size_t second_n)
{
    struct head h = {.version = TALK_VERSION,
                     .kind = (uint8_t)kind,
                     .number = number,
                     .length = (uint32_t)(first_n + second_n)};
    memcpy(h.magic, talk_magic, sizeof h.magic);
    h.sum = talk_sum(&h, first, first_n, second, second_n);
    memcpy(header, &h, sizeof h);
}

static bool is_kind(uint8_t kind)
{
    static const char kinds[] = {TALK_HELLO, TALK_ANSWER, TALK_TIMES,   TALK_SKIPPED,
                                 TALK_PROBE, TALK_REPLY,  TALK_REFUSED, TALK_BYE};
    return kind && memchr(kinds, kind, sizeof kinds);
}

static int check_head(const struct head *h, size_t most, struct error *e)
{
    if (h->version != TALK_VERSION)
        return error_set(e, "a message of version %d (expected %d)", h->version, TALK_VERSION);
    if (!is_kind(h->kind) || h->zero || h->zeros)
        return error_set(e, "a message of an unknown kind");
    if (h->length > most)
        return error_set(e, "a message of %" PRIu32 " bytes (expected at most %zu)", h->length, most);
    return 0;
}

/* ---- Frames, which have a header of their own (features/frame.h) ------------------------------------- */

static const char frame_begin[3] = {'I', 'S', 'F'};
enum { FRAME_AT_VERSION = 3, FRAME_AT_IMAGE = 12, FRAME_AT_LENGTH = 16 };

static int64_t talk_parse_frame(const unsigned char *bytes, size_t n, size_t most, struct talk_message *m,
                                struct error *e)
{
    uint32_t image, length;
    if (n > FRAME_AT_VERSION && bytes[FRAME_AT_VERSION] != FRAME_VERSION)
        return error_set(e, "a frame of version %d (expected %d)", bytes[FRAME_AT_VERSION], FRAME_VERSION);
    if (n < FRAME_HEADER)
        return 0;
    memcpy(&image, bytes + FRAME_AT_IMAGE, sizeof image);
    memcpy(&length, bytes + FRAME_AT_LENGTH, sizeof length);
    size_t whole = (size_t)FRAME_EXTRA + length;
    if (whole > most)
        return error_set(e, "a frame of %zu bytes (expected at most %zu)", whole, most);
    if (n < whole)
        return 0;
    *m = (struct talk_message){TALK_FRAME, image, bytes, whole};
    return (int64_t)whole;
}

/* ---- Either ------------------------------------------------------------------------------------------ */

int64_t talk_parse(const unsigned char *bytes, size_t n, size_t most, struct talk_message *m, struct error *e)
{
    struct head h;
    if (n >= sizeof frame_begin && memcmp(bytes, frame_begin, sizeof frame_begin) == 0)
        return talk_parse_frame(bytes, n, most, m, e);
    size_t shown = n < sizeof talk_magic ? n : sizeof talk_magic;
    if (n < sizeof frame_begin && memcmp(bytes, frame_begin, n) == 0)
        return 0;
    if (memcmp(bytes, talk_magic, shown) != 0)
        return error_set(e, "what comes is no message of isplit-half");
    if (n < sizeof h)
        return 0;
    memcpy(&h, bytes, sizeof h);
    if (check_head(&h, most, e) < 0)
        return -1;
    if (n - sizeof h < h.length)
        return 0;
    *m = (struct talk_message){(enum talk_kind)h.kind, h.number, bytes + sizeof h, h.length};
    if (talk_sum(&h, m->payload, m->length, NULL, 0) != h.sum)
        return error_set(e, "message %" PRIu64 " is damaged: its checksum is wrong", h.number);
    return (int64_t)talk_size(m->length);
}

int talk_take(const struct talk_message *m, void *fixed, size_t size, bool more, struct error *e)
{
    if (m->length < size || (!more && m->length > size))
        return error_set(e, "message %" PRIu64 " has %zu bytes (expected %s%zu)", m->number, m->length,
                         more ? "at least " : "", size);
    memcpy(fixed, m->payload, size);
    return 0;
}

char *talk_text(const struct talk_message *m)
{
    char *text =
        memory_copy_n((const char *)m->payload, m->length < TALK_TEXT_MAX ? m->length : TALK_TEXT_MAX);
    char *shown = text_escape(text);
    free(text);
    return shown;
}
