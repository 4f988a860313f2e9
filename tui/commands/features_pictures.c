#include "commands/features_pictures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "features/rate_curves.h"
#include "study/run.h"

int features_pictures_measure(struct command *c, long *images, long n, struct measured_pictures *out,
                              struct error *lost)
{
    struct run_options run = run_of_options(&c->options);
    struct error why;
    run.images = images;
    run.images_n = n;
    *out = (struct measured_pictures){0};
    snprintf(c->what, sizeof c->what, "preparing the network");
    enum connection_end end =
        connection_pictures(c->connection, &run, &why) < 0 ? CONNECTION_GONE : command_wait(c, &why);
    if (end == CONNECTION_REFUSED) {
        *lost = why;
        return COMMAND_DONE;
    }
    if (end == CONNECTION_DONE)
        *out = *connection_pictures_answer(c->connection);
    return command_end(c, end, &why, command_unmeasured);
}

/* ---- In words ------------------------------------------------------------------------------------------ */

struct features features_pictures_rows(const struct measured_features *m, const struct measured_pictures *p)
{
    struct features f = {.images = m->images};
    f.rows = memory_new(memory_product((size_t)m->rows_n, CODERS), sizeof *f.rows);
    for (int i = 0; i < m->rows_n * CODERS; i++) {
        const struct measured_feature *row = &m->rows[i / CODERS];
        enum coder coder = (enum coder)(i % CODERS);
        if (m->coders[coder])
            f.rows[f.rows_n++] = (struct feature){
                .layer = row->layer,
                .type = row->type,
                .coder = coder,
                .scale = dtype_is_affine(row->type) ? row->scale : NAN,
                .zero = row->zero,
                .images = row->images,
                .gained = row->gained,
                .lost = row->lost,
                .coded = measured_features_coded(m, row, coder),
                .correct = feature_proportion(row->correct, row->images),
                .agrees = feature_proportion(row->agrees, row->images),
            };
    }
    f.pictures_n = p->rows_n;
    f.pictures = memory_new((size_t)p->rows_n, sizeof *f.pictures);
    for (int i = 0; i < p->rows_n; i++)
        f.pictures[i] = (struct picture_rate){
            .quality = p->rows[i].quality,
            .bytes = feature_mean(p->rows[i].bytes, (double)p->rows[i].deviation, p->images, 0, 0),
            .correct = feature_proportion(p->rows[i].correct, p->images),
            .agrees = feature_proportion(p->rows[i].agrees, p->images),
        };
    return f;
}

/* Whether a picture takes fewer bytes than each point of the cut. */
static bool features_pictures_beaten(const struct rate_curves *all, const struct rate_curve *cut)
{
    for (int i = 0; i < cut->n; i++) {
        const struct rate_mark *picture = rate_curves_picture(all, cut->marks[i].at.share);
        if (!picture || picture->at.bytes >= cut->marks[i].at.bytes)
            return false;
    }
    return true;
}

void features_pictures_tell(struct command *c, const struct features *f,
                            const struct measured_pictures *pictures, const struct error *lost)
{
    if (*lost->text)
        console_warn(c->console, "the pictures themselves are not measured: %s", lost->text);
    if (pictures->images == 0)
        return;
    struct rate_curves curves = rate_curves_make(f, false);
    char *names = memory_copy("");
    int more = 0, cuts = 0;
    for (int i = 0; i < curves.n; i++) {
        const struct rate_curve *cut = &curves.curves[i];
        if (cut->layer == RATE_PICTURES)
            continue;
        cuts++;
        if (!features_pictures_beaten(&curves, cut))
            continue;
        char *longer =
            memory_format("%s%s%s", names, more++ ? ", " : "", c->connection->table->rows[cut->layer].name);
        free(names);
        names = longer;
    }
    if (more == 0)
        console_note(c->console, "every cut sends less, in one form at least, than a picture on which the "
                                 "whole network is as accurate");
    else
        console_note(c->console,
                     "%d of %d cuts send more, in every form, than a picture on which the whole "
                     "network is as accurate: %s",
                     more, cuts, names);
    free(names);
    rate_curves_free(&curves);
}
