/* What comes to a half: messages and frames, as bytes that may be anything; the same as the payload of a
 * message with the checksum that it has; and split.csv. Frames themselves: fuzz_frame.c. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "half/sheet.h"
#include "half/talk.h"

enum { MOST = 4096 };

/* What a tail and isplit run do with a message. */
static void use(const struct talk_message *m)
{
    struct talk_hello hello;
    struct talk_answer answer;
    struct talk_stamps stamps;
    struct error e;
    FUZZ_CHECK(m->length <= MOST);
    talk_take(m, &hello, sizeof hello, false, &e);
    talk_take(m, &answer, sizeof answer, true, &e);
    talk_take(m, &stamps, sizeof stamps, true, &e);
    free(talk_text(m));
}

static void read_all(const uint8_t *data, size_t size)
{
    struct talk_message m;
    struct error e;
    for (size_t at = 0; at < size;) {
        int64_t n = talk_parse(data + at, size - at, MOST, &m, &e);
        if (n <= 0)
            return;
        FUZZ_CHECK((size_t)n <= size - at && m.payload >= data + at && m.payload + m.length <= data + at + n);
        use(&m);
        at += (size_t)n;
    }
}

/* The first byte is the kind: what is made is read, and is the same. */
static void read_made(const uint8_t *data, size_t size)
{
    unsigned char bytes[TALK_HEADER + MOST];
    struct talk_message m;
    struct error e;
    if (size == 0 || size - 1 > MOST || !strchr("hatsprebf", data[0]) || !data[0])
        return;
    size_t length = size - 1, half = length / 2;
    if (length > 0)
        memcpy(bytes + TALK_HEADER, data + 1, length);
    talk_header(bytes, (enum talk_kind)data[0], length, data + 1, half, data + 1 + half, length - half);
    int64_t n = talk_parse(bytes, TALK_HEADER + length, MOST, &m, &e);
    FUZZ_CHECK(data[0] == 'f' ? n < 0 : n == (int64_t)(TALK_HEADER + length));
    if (n > 0)
        use(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct half_sheet sheet;
    struct error e;
    read_all(data, size);
    read_made(data, size);
    if (half_sheet_parse((const char *)data, size, "split.csv", &sheet, &e) == 0)
        FUZZ_CHECK(sheet.pixels.scale > 0 && sheet.affine.scale > 0 &&
                   strlen(sheet.cfg_xxh3[HALF_TAIL]) == 16);
    return 0;
}
