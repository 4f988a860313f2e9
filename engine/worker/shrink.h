/* Pictures made smaller by averaging over boxes: every pixel of the result is the mean of the area it covers,
 * so that the overall mean is unchanged. */
#ifndef ISPLIT_WORKER_SHRINK_H
#define ISPLIT_WORKER_SHRINK_H

/* The size of a w x h picture whose longest side is to be at most `side`; unchanged where it is already. */
void shrink_size(int w, int h, int side, int *to_w, int *to_h);

/* from[h][w] into to[to_h][to_w]; to_w <= w, to_h <= h. Nothing is computed where the sizes are the same. */
void shrink_plane(const float *from, int w, int h, float *to, int to_w, int to_h);

#endif
