#include "store/feature_part.h"

#include <assert.h>
#include <endian.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "base/memory.h"
#include "curve/excluded.h"
#include "features/features_sum.h"
#include "features/measured_pictures.h"
#include "features/sent_row.h"

enum { WORD = sizeof(uint32_t), CHECK = sizeof(uint64_t) };

/* ---- Kinds ------------------------------------------------------------------------------------------- */

struct feature_part_row {
    const char *word;
    size_t fixed, each; /* words: of all, and of every cut */
    bool typed, coded;  /* the name goes on with a dtype, with a coder */
    const char *(*fault)(const uint32_t *words, size_t n, const struct feature_part_frame *frame);
};

static const char *fault_of_image(const uint32_t *words, size_t n, const struct feature_part_frame *frame)
{
    (void)n;
    if (words[FEATURE_IMAGE_WHY] > EXCLUDED_NONFINITE)
        return "is of no known kind";
    if (words[FEATURE_IMAGE_WHY] == EXCLUDED_NOT && words[FEATURE_IMAGE_OWN] >= (uint32_t)frame->classes)
        return "has a class that the network does not have";
    if (words[FEATURE_IMAGE_WHY] == EXCLUDED_NONFINITE &&
        words[FEATURE_IMAGE_LAYER] >= (uint32_t)frame->layers)
        return "says no layer that was not finite";
    return NULL;
}

static const char *fault_of_answers(const uint32_t *words, size_t n, const struct feature_part_frame *frame)
{
    const char *why = NULL;
    for (size_t i = 0; i < n; i += SENT_ANSWER_WORDS)
        if (words[i] >= (uint32_t)frame->classes)
            why = "has a class that the network does not have";
    return why;
}

static const char *fault_of_picture(const uint32_t *words, size_t n, const struct feature_part_frame *frame)
{
    const char *why = NULL;
    if (words[FEATURE_PICTURE_OWN] >= (uint32_t)frame->classes)
        why = "has a class that the network does not have";
    for (size_t i = FEATURE_PICTURE_SENT; i < n; i += sizeof(struct picture_sent) / WORD)
        if (words[i] == 0 || words[i + 1] >= (uint32_t)frame->classes)
            why = "has no bytes, or a class that the network does not have";
    return why;
}

static const char *fault_of_calibration(const uint32_t *words, size_t n,
                                        const struct feature_part_frame *frame)
{
    (void)n;
    (void)frame;
    return words[0] == 0 || words[0] > INT32_MAX || words[1] > FEATURES_DRAWS
               ? "has no number of images and of draws"
               : NULL;
}

static float feature_part_float(uint32_t word)
{
    float x;
    memcpy(&x, &word, sizeof x);
    return x;
}

static const char *fault_of_ranges(const uint32_t *words, size_t n, const struct feature_part_frame *frame)
{
    const char *why = NULL;
    (void)frame;
    for (size_t i = 0; i < n; i += sizeof(struct encode_affine) / WORD) {
        bool whole = i % (SENT_SCALES_WORDS) == 0;
        float scale = feature_part_float(words[i]);
        if (!(whole ? scale > 0 : scale >= 0) || scale > 3e38f || words[i + 1] > UINT8_MAX)
            why = "has a scale or a zero point that there cannot be";
    }
    return why;
}

static const char *fault_of_times(const uint32_t *words, size_t n, const struct feature_part_frame *frame)
{
    const char *why = NULL;
    (void)frame;
    for (size_t i = 2; i < n; i++)
        if (!(feature_part_float(words[i]) >= 0 && feature_part_float(words[i]) < 3e38f))
            why = "has a time below 0 or none";
    return why;
}

static const struct feature_part_row kinds[] = {
    [FEATURE_PART_IMAGE] = {"image", FEATURE_IMAGE_WORDS, 0, false, false, fault_of_image},
    [FEATURE_PART_ANSWERS] = {"answers", 0, SENT_ANSWER_WORDS, true, false, fault_of_answers},
    [FEATURE_PART_SIZES] = {"sizes", 0, SENT_SIZE_WORDS, true, true, NULL},
    [FEATURE_PART_PICTURE] = {"picture",
                              FEATURE_PICTURE_SENT + PICTURES_QUALITIES * sizeof(struct picture_sent) / WORD,
                              0, false, false, fault_of_picture},
    [FEATURE_PART_CALIBRATION] = {"calibration", 2, 0, false, false, fault_of_calibration},
    [FEATURE_PART_RANGES] = {"ranges", 0, SENT_SCALES_WORDS, true, false, fault_of_ranges},
    [FEATURE_PART_TIMES] = {"times", 2, SENT_TIME_WORDS, true, true, fault_of_times},
};
static_assert(sizeof kinds / sizeof *kinds == FEATURE_PARTS, "a row for every kind");

void feature_part_name(enum feature_part_kind kind, enum dtype type, enum coder coder, int level,
                       const char *version, char name[FEATURE_PART_NAME])
{
    char zstd[16] = "";
    if (coder == CODER_ZSTD)
        snprintf(zstd, sizeof zstd, " %d", level);
    const char *between = *version ? " " : "";
    if (kind == FEATURE_PART_PICTURE)
        snprintf(name, FEATURE_PART_NAME, "%s jpeg%s%s", kinds[kind].word, between, version);
    else if (kinds[kind].coded)
        snprintf(name, FEATURE_PART_NAME, "%s %s %s%s%s%s", kinds[kind].word, dtype_words[type],
                 coder_words[coder], zstd, between, version);
    else
        snprintf(name, FEATURE_PART_NAME, "%s%s%s", kinds[kind].word, kinds[kind].typed ? " " : "",
                 kinds[kind].typed ? dtype_words[type] : "");
}

enum feature_part_kind feature_part_kind_of(const char *name)
{
    size_t length = strcspn(name, " ");
    int kind = 0;
    while (kind < FEATURE_PARTS &&
           (strlen(kinds[kind].word) != length || memcmp(kinds[kind].word, name, length) != 0))
        kind++;
    return (enum feature_part_kind)kind;
}

bool feature_part_same(const char *name, const uint32_t *a, const uint32_t *b, size_t n)
{
    enum feature_part_kind kind = feature_part_kind_of(name);
    bool same = true;
    for (size_t i = 0; i < n && kind != FEATURE_PART_TIMES; i++)
        same = same && (a[i] == b[i] || (kind == FEATURE_PART_SIZES && (a[i] == 0 || b[i] == 0)));
    return same;
}

const char *feature_part_fault(const char *name, const uint32_t *words, size_t n,
                               const struct feature_part_frame *frame)
{
    enum feature_part_kind kind = feature_part_kind_of(name);
    if (kind == FEATURE_PARTS)
        return NULL; /* of a later version */
    size_t expected = kinds[kind].fixed + kinds[kind].each * (size_t)frame->cuts;
    if (kind == FEATURE_PART_IMAGE ? n < expected : n != expected)
        return "has another number of cuts than its run";
    return kinds[kind].fault ? kinds[kind].fault(words, n, frame) : NULL;
}

/* ---- Bytes ------------------------------------------------------------------------------------------- */

size_t feature_part_bytes_size(size_t n)
{
    return n * WORD + CHECK;
}

static uint64_t check_of_part(const char *name, const struct content *content, const unsigned char *bytes,
                              size_t n)
{
    uint64_t seed = XXH3_64bits(name, strlen(name));
    if (content)
        seed ^= content->low + 31 * content->high;
    return htole64(XXH3_64bits_withSeed(bytes, n * WORD, seed));
}

void feature_part_bytes(const char *name, const struct content *content, const uint32_t *words, size_t n,
                        unsigned char *bytes)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t word = htole32(words[i]);
        memcpy(bytes + i * WORD, &word, WORD);
    }
    uint64_t check = check_of_part(name, content, bytes, n);
    memcpy(bytes + n * WORD, &check, CHECK);
}

uint32_t *feature_part_read(const char *name, const struct content *content, const unsigned char *bytes,
                            size_t length, size_t *n)
{
    *n = 0;
    if (length < CHECK || length % WORD != 0)
        return NULL;
    size_t words_n = (length - CHECK) / WORD;
    uint64_t check = check_of_part(name, content, bytes, words_n);
    if (memcmp(bytes + words_n * WORD, &check, CHECK) != 0)
        return NULL;
    uint32_t *words = memory_new(words_n + 1, WORD);
    for (size_t i = 0; i < words_n; i++) {
        memcpy(&words[i], bytes + i * WORD, WORD);
        words[i] = le32toh(words[i]);
    }
    *n = words_n;
    return words;
}
