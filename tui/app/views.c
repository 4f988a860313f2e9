#include "app/views.h"

#include "app/layout.h"
#include "view/classes.h"
#include "view/compare.h"
#include "view/detail.h"
#include "view/images.h"
#include "view/log.h"
#include "view/matrix.h"
#include "view/plan.h"
#include "view/plot.h"
#include "view/table.h"

#define VIEWS_ROW(view, key, title, word, help, place, pane) [VIEW_##view] = {key, title, help, place, &pane},
const struct view_entry views_table[VIEWS] = {VIEWS_TABLE(VIEWS_ROW)};
