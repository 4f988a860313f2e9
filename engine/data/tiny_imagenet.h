/* Tiny-ImageNet as it is published: train/WNID/images/..., a flat val/images that only
 * val/val_annotations.txt labels, an unlabelled test, wnids.txt with the classes and words.txt with their
 * names. The val folder alone is accepted too. */
#ifndef ISPLIT_DATA_TINY_IMAGENET_H
#define ISPLIT_DATA_TINY_IMAGENET_H

#include "data/build.h"
#include "data/walk.h"

bool tiny_imagenet_found(const struct build *b, const char *at, const struct walk_list *list);
int tiny_imagenet_open(struct build *b, const char *at, const struct walk_list *list, struct error *e);

#endif
