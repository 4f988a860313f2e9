/* What the two halves say to each other over a pipe, beside the frames of features (features/frame.h), and
 * what a measurement of the link says: messages of a header and a payload, little endian, closed by a
 * checksum.
 *
 *      0  4  "ISPM"           8  8  number: of an image or a probe
 *      4  1  version, 1      16  4  bytes of the payload
 *      5  1  kind            20  4  0
 *      6  2  0               24  8  XXH3-64 of the 24 bytes before it, followed by the payload
 *
 * Nothing is trusted: sizes are bounded before memory is touched, and what is damaged, foreign or too long
 * ends the conversation with a sentence. The page isplit-half of the manual has the same tables. */
#ifndef ISPLIT_HALF_TALK_H
#define ISPLIT_HALF_TALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum { TALK_VERSION = 1, TALK_HEADER = 32, TALK_TEXT_MAX = 1024 };
#define TALK_PROBE_MAX ((size_t)4 << 20)
#define TALK_OUTPUTS_MAX (1 << 22)

enum talk_kind {
    TALK_FRAME = 'f',   /* a frame of features/frame.h, which has its own header; the payload is all of it */
    TALK_HELLO = 'h',   /* talk_hello: a tail, first of all */
    TALK_ANSWER = 'a',  /* talk_answer, and its scores as f32 */
    TALK_TIMES = 't',   /* talk_times: a head, before the frame, where names come from standard input */
    TALK_SKIPPED = 's', /* the reason as text: a head, in place of a frame */
    TALK_PROBE = 'p',   /* any bytes; the first four say how many the reply is to have */
    TALK_REPLY = 'r',   /* talk_stamps, and bytes */
    TALK_REFUSED = 'e', /* the reason as text; the last message */
    TALK_BYE = 'b',     /* nothing follows */
};

/* Payloads, as they lie in memory. Times are in nanoseconds of the sender's own clock. */
struct talk_hello {
    uint64_t halves; /* sheet_hash of the folder; 0: none, only probes are answered */
    uint32_t outputs;
    uint32_t layer; /* the cut is after it */
};
struct talk_answer {
    int64_t received, decoded, done; /* the frame's last byte; its tensor; the scores */
    int32_t top;                     /* the class predicted; -1: a score is not finite */
    uint32_t scores_n;
};
struct talk_times {
    int64_t begun, decoded, done, encoded;
};
struct talk_stamps {
    int64_t received, sent;
};

struct talk_message {
    enum talk_kind kind;
    uint64_t number;
    const unsigned char *payload; // [length] within the bytes it was read from
    size_t length;
};

/* Bytes of a message with that much payload. */
static inline size_t talk_size(size_t length)
{
    return TALK_HEADER + length;
}

/* Writes the header of a message of that payload, which may be given in two parts. */
void talk_header(unsigned char header[TALK_HEADER], enum talk_kind kind, uint64_t number, const void *first,
                 size_t first_n, const void *second, size_t second_n);

/* Reads the message or frame that the bytes begin with: its size in bytes; 0 where more are needed; -1 where
 * they are none, or one of more than `most` bytes of payload. Of a frame only the length and the number are
 * read: frames_read says whether it is whole. */
int64_t talk_parse(const unsigned char *bytes, size_t n, size_t most, struct talk_message *m,
                   struct error *e);

/* The fixed part of a payload: -1 where it is not as long as that, or longer where nothing may follow. */
int talk_take(const struct talk_message *m, void *fixed, size_t size, bool more, struct error *e);

/* The payload of TALK_SKIPPED and TALK_REFUSED as a printable text: new string. */
char *talk_text(const struct talk_message *m);

#endif
