#include "report/report_store_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "curve/excluded.h"
#include "features/frame.h"
#include "features/measured_pictures.h"
#include "features/sent_row.h"
#include "report/columns_csv.h"
#include "store/feature_part.h"

struct store_parts_line {
    char content[CONTENT_TEXT_SIZE], dtype[16], coder[FEATURE_PART_NAME];
    const char *state;
    int layer; /* -1: of no cut, as the next three where they are not known */
    int64_t bytes, predicted, clipped;
};

struct store_parts {
    struct sheet *sheet;
    const int *layers;
    int cuts;
};

#define PART_CELL(type, name)                                                                                \
    static void part_##name(struct sheet *s, const void *row)                                                \
    {                                                                                                        \
        sheet_##type(s, ((const struct store_parts_line *)row)->name);                                       \
    }
#define PART_NUMBER(name)                                                                                    \
    static void part_##name(struct sheet *s, const void *row)                                                \
    {                                                                                                        \
        const struct store_parts_line *line = row;                                                           \
        sheet_known_integer(s, line->name, line->name >= 0);                                                 \
    }
PART_CELL(text, content)
PART_CELL(text, state)
PART_NUMBER(layer)
PART_CELL(text, dtype)
PART_CELL(text, coder)
PART_NUMBER(bytes)
PART_NUMBER(predicted)
PART_NUMBER(clipped)

static const struct csv_column part_columns[] = {
    {"content", "XXH3-128 of the image's file, as xxhsum -H2 prints it", part_content, NULL},
    {"state", "measured; or the image was left out: undecodable, or not finite", part_state, NULL},
    {"layer", "the cut after it; empty: of the whole network, or of the picture itself", part_layer, NULL},
    {"dtype", "number type that is sent; of the picture uint8", part_dtype, NULL},
    {"coder", "what codes it, with level and library's version; empty where the row tells an answer",
     part_coder, NULL},
    {"bytes", "bytes of a whole frame, or of the picture's file", part_bytes, NULL},
    {"predicted", "class that wins with what arrives", part_predicted, NULL},
    {"clipped", "numbers beyond the type's range", part_clipped, NULL},
};
const struct csv_table csv_table_store_features = CSV_TABLE("store-features", part_columns);

struct store_parts *store_parts_begin(FILE *out, const int *layers, int cuts)
{
    struct store_parts *p = memory_new(1, sizeof *p);
    p->sheet = csv_table_begin(out, &csv_table_store_features, NULL, NULL);
    p->layers = layers;
    p->cuts = cuts;
    return p;
}

void store_parts_end(struct store_parts *p)
{
    sheet_free(p->sheet);
    free(p);
}

static void store_parts_image(struct store_parts *p, struct store_parts_line *line, const uint32_t *words)
{
    static const char *const states[] = {"measured", "undecodable", "not finite"};
    line->state = words[FEATURE_IMAGE_WHY] <= EXCLUDED_NONFINITE ? states[words[FEATURE_IMAGE_WHY]] : "";
    line->predicted = words[FEATURE_IMAGE_WHY] == EXCLUDED_NOT ? (int64_t)words[FEATURE_IMAGE_OWN] : -1;
    csv_table_row(p->sheet, &csv_table_store_features, line);
}

static void store_parts_answers(struct store_parts *p, struct store_parts_line *line, const uint32_t *words)
{
    for (int i = 0; i < p->cuts; i++, words += SENT_ANSWER_WORDS) {
        line->layer = p->layers[i];
        line->predicted = words[0];
        line->clipped = words[1];
        csv_table_row(p->sheet, &csv_table_store_features, line);
    }
}

static void store_parts_sizes(struct store_parts *p, struct store_parts_line *line, const uint32_t *words)
{
    for (int i = 0; i < p->cuts; i++, words += SENT_SIZE_WORDS) {
        line->layer = p->layers[i];
        line->bytes = FRAME_EXTRA + (int64_t)*words;
        if (*words)
            csv_table_row(p->sheet, &csv_table_store_features, line);
    }
}

/* Quality -1: as it is stored. */
static void store_parts_picture(struct store_parts *p, struct store_parts_line *line, const uint32_t *words)
{
    snprintf(line->dtype, sizeof line->dtype, "uint8");
    for (int q = words[FEATURE_PICTURE_STORED] ? -1 : 0; q < PICTURES_QUALITIES; q++) {
        snprintf(line->coder, sizeof line->coder, "stored");
        if (q >= 0)
            snprintf(line->coder, sizeof line->coder, "jpeg%d", pictures_qualities[q]);
        line->bytes = q < 0 ? words[FEATURE_PICTURE_STORED] : words[FEATURE_PICTURE_SENT + 2 * q];
        line->predicted = q < 0 ? words[FEATURE_PICTURE_OWN] : words[FEATURE_PICTURE_SENT + 2 * q + 1];
        csv_table_row(p->sheet, &csv_table_store_features, line);
    }
}

void store_parts_add(struct store_parts *p, const struct content *content, const char *name,
                     const uint32_t *words, size_t n)
{
    const struct feature_part_frame any = {p->cuts, INT32_MAX, INT32_MAX};
    struct store_parts_line line = {
        .state = "measured", .layer = -1, .bytes = -1, .predicted = -1, .clipped = -1};
    enum feature_part_kind kind = feature_part_kind_of(name);
    if (!content || feature_part_fault(name, words, n, &any))
        return;
    content_to_text(content, line.content);
    int at = 0;
    sscanf(name, "%*s %15s %n", line.dtype, &at);
    if (kind == FEATURE_PART_SIZES && at > 0)
        snprintf(line.coder, sizeof line.coder, "%s", name + at);
    if (kind == FEATURE_PART_IMAGE)
        store_parts_image(p, &line, words);
    else if (kind == FEATURE_PART_ANSWERS)
        store_parts_answers(p, &line, words);
    else if (kind == FEATURE_PART_SIZES)
        store_parts_sizes(p, &line, words);
    else if (kind == FEATURE_PART_PICTURE)
        store_parts_picture(p, &line, words);
}
