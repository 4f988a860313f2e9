/* One image as the network sees it, with the importance map of every layer. */
#ifndef ISPLIT_CURVE_HEATMAP_H
#define ISPLIT_CURVE_HEATMAP_H

#include "curve/run_options.h"

#define HEATMAP_SIDE_LIMIT 512 /* more than a terminal shows, and hundreds of maps fit into one line */

/* One image, measured as a run with these options would. What is sent back has at most `side` pixels on its
 * longest side. */
struct heatmap_request {
    struct run_options run; /* its images are passed over */
    long image;
    int side;
};
void heatmap_request_free(struct heatmap_request *request);

struct heatmap_map {
    int layer;
    float importance; /* I_l, as a result's row holds it */
    int w, h;
    float max;            /* what a byte of 255 stands for; 0: the map is 0 everywhere */
    unsigned char *bytes; /* [h][w] M_ij, linear */
};
struct heatmap {
    long image;
    char *error;                  /* why there is no map; then nothing below is set. Else NULL */
    int predicted;                /* the predicted class */
    float score, predicted_score; /* of the class that was followed back, of the one that won */
    int w, h;
    unsigned char *rgb;       /* [h][w][3] the image as the network sees it */
    struct heatmap_map *maps; /* [maps_n] by layer, ascending; layers without a gradient have none */
    int maps_n;
};
void heatmap_free(struct heatmap *heatmap); /* also of a zeroed one */

#endif
