/* The rows of the pictures themselves in the CSV of isplit features, and the words by which they are known.
 */
#ifndef ISPLIT_REPORT_REPORT_PICTURES_H
#define ISPLIT_REPORT_REPORT_PICTURES_H

#include "csv/sheet.h"
#include "features/measured_pictures.h"
#include "net/table.h"

#define REPORT_PICTURES_NAME "input"  /* in place of a layer's name; the layer is empty */
#define REPORT_PICTURES_DTYPE "uint8" /* 8 bits a number */
#define REPORT_PICTURES_STORED "stored"
#define REPORT_PICTURES_JPEG "jpeg" /* and the quality */

/* One row under the columns of csv_table_features. */
void report_picture(struct sheet *s, const struct measured_pictures *all, const struct measured_picture *row,
                    const struct table *table);

#endif
