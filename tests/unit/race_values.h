/* Written by tests/reference/test_race.py --write. */
static const double look_accuracy[] = {0.5266666667, 0.76, 0.76, 0.98, 0.7066666667, 0.8933333333};
static const double look_doubt_0_5[] = {0.00549572872, 0.003560210406};
static const double look_reach_0_5[] = {-0.06146687708};
static const double look_reach_1_3[] = {0.3879111809};
static const double look_interval[] = {0.3744138333, 0.6755487048, 0.5526632588, 0.8350868335};
static const double failed_accuracy[] = {0.47, 0.76, 0.76, 0.97, 0.7066666667, 0.8933333333};
static const double failed_reach_0_3[] = {-0.06366158111};
static const double failed_interval[] = {0.319393652, 0.6243496592, 0.5567182653, 0.8301948525};
static const double look_variance[] = {0.006, 0.002916099773, 0.003190175439, 0.001968731352};
static const double set_p[] = {0.957605985, 0.004987531172, 0.002493765586, 1, 0.957605985, 0.002493765586};
static const double rank_x[] = {3, 1, 4, 1, 5, 9, NAN, 2, 6, 5, 3, 5};
static const double rank_y[] = {2, 7, 1, 8, NAN, 8, 1, 8, 2, 8, 4, 5};
static const double rank_z[] = {1, 2, 3, 4, 5, 6, 7, NAN, 8, 8, 10, 11};
static const double rank_spearman[] = {-0.1424507206};
static const double rank_kendall[] = {-0.1251565436};
static const double rank_partial[] = {-0.08722751619};
