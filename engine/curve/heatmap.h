/* One image as the network sees it, with the importance map of every layer. */
#ifndef ISPLIT_CURVE_HEATMAP_H
#define ISPLIT_CURVE_HEATMAP_H

#include "curve/run_options.h"

#define HEATMAP_SIDE_LIMIT 512 /* more than a terminal shows, and hundreds of maps fit into one line */

/* Request: one image, measured as a run with these options would. Pictures in the answer have at most `side`
 * pixels on their longest side. */
struct heatmap_request {
    struct run_options run; /* its images are ignored */
    long image;
    int side;
};
void heatmap_request_free(struct heatmap_request *request);

enum { HEATMAP_LIKELY = 5 };
struct heatmap {
    long image;
    char *error;                  /* why there is no map: then nothing below is set; else NULL */
    int predicted;                /* the predicted class */
    float score, predicted_score; /* of the class whose score was differentiated; of the predicted class */
    int w, h;
    unsigned char *rgb; /* [h][w][3] the image as the network sees it */
    struct heatmap_map {
        int layer;
        float importance; /* I_l, as a result's row holds it */
        int w, h;
        float max;            /* value of a byte of 255; 0: the map is 0 everywhere */
        unsigned char *bytes; /* [h][w] M_ij, linear */
    } * maps;                 /* [maps_n] by layer, ascending; layers without a gradient have none */
    int maps_n;
    struct heatmap_likely {
        int class_index;
        float score, probability; /* before the softmax; of the softmax over all classes */
    } likely[HEATMAP_LIKELY];     /* [likely_n] the classes with the highest scores, from the highest on */
    int likely_n;      /* 0: no softmax over all classes (a tree of classes, groups, a single output) */
    bool of_predicted; /* for the asking side: the maps are those of the predicted class */
};
void heatmap_free(struct heatmap *heatmap); /* also of a zeroed one */

#endif
