#include "app/views.h"

#include "app/layout.h"
#include "panes/classes.h"
#include "panes/compare.h"
#include "panes/detail.h"
#include "panes/images.h"
#include "panes/live.h"
#include "panes/log.h"
#include "panes/matrix.h"
#include "panes/plan.h"
#include "panes/plot.h"
#include "panes/rate.h"
#include "panes/table.h"

#define VIEWS_ROW(view, key, title, word, help, place, pane) [VIEW_##view] = {key, title, help, place, &pane},
const struct view_entry views_table[VIEWS] = {VIEWS_TABLE(VIEWS_ROW)};
