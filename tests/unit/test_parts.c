/* Images for training and for validation: nothing is on both sides, classes are shared out evenly, and names
 * and order do not matter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "train/parts.h"

enum { N_MAX = 400 };

struct world {
    struct dataset d;
    struct dataset_image images[N_MAX];
    struct content contents[N_MAX];
    long chosen[N_MAX], n;
    long *training, *validation, training_n, validation_n;
};

static void add(struct world *w, int class_index, uint64_t content)
{
    w->d.images = w->images;
    w->images[w->n].class_index = class_index;
    w->contents[w->n] = (struct content){.high = content * 77, .low = content, .known = content > 0};
    w->chosen[w->n] = w->n;
    w->d.images_n = ++w->n;
}

static int divide(struct world *w, double share, uint64_t seed)
{
    struct error e;
    return parts_divide(&w->d, w->contents, w->chosen, w->n, share, seed, &w->training, &w->training_n,
                        &w->validation, &w->validation_n, &e);
}

static void end(struct world *w)
{
    free(w->training);
    free(w->validation);
}

static long in_class(const struct world *w, const long *images, long n, int class_index)
{
    long count = 0;
    for (long i = 0; i < n; i++)
        count += w->images[images[i]].class_index == class_index;
    return count;
}

static bool has_content(const struct world *w, const long *images, long n, const struct content *c)
{
    for (long i = 0; i < n; i++)
        if (w->contents[images[i]].known && w->contents[images[i]].low == c->low)
            return true;
    return false;
}

static void check_apart(const struct world *w)
{
    bool seen[N_MAX] = {false};
    for (long i = 0; i < w->training_n; i++) {
        assert_false(has_content(w, w->validation, w->validation_n, &w->contents[w->training[i]]) &&
                     w->contents[w->training[i]].known);
        seen[w->training[i]] = true;
    }
    for (long i = 0; i < w->validation_n; i++) {
        assert_false(seen[w->validation[i]]);
        seen[w->validation[i]] = true;
    }
    for (long i = 0; i < w->n; i++)
        assert_true(seen[w->chosen[i]]);
}

/* 3 classes of 100, 50 and 7. */
static void make_plain(struct world *w)
{
    static const int sizes[] = {100, 50, 7};
    for (int c = 0; c < 3; c++)
        for (int i = 0; i < sizes[c]; i++)
            add(w, c, (uint64_t)(1000 * (c + 1) + i));
}

static void test_shares(void **state)
{
    (void)state;
    struct world w = {0};
    make_plain(&w);
    assert_int_equal(divide(&w, 0.2, 1), 0);
    check_apart(&w);
    assert_int_equal(in_class(&w, w.validation, w.validation_n, 0), 20);
    assert_int_equal(in_class(&w, w.validation, w.validation_n, 1), 10);
    assert_int_equal(in_class(&w, w.validation, w.validation_n, 2), 1);
    for (long i = 1; i < w.training_n; i++)
        assert_true(w.training[i] > w.training[i - 1]);
    end(&w);
}

/* As notMNIST has them: many equal images in a class, some of them in two. */
static void test_equal_contents(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct world w = {0};
        for (int i = 0; i < 120; i++)
            add(&w, i % 3, (uint64_t)(1 + i * i % 41));
        add(&w, 0, 0); /* two that cannot be read equal nothing */
        add(&w, 1, 0);
        assert_int_equal(divide(&w, 0.25, seed), 0);
        check_apart(&w);
        assert_in_range(w.validation_n, 20, 60);
        end(&w);
    }
}

static void test_seed(void **state)
{
    (void)state;
    struct world a = {0}, b = {0}, c = {0};
    make_plain(&a);
    make_plain(&b);
    make_plain(&c);
    divide(&a, 0.2, 1);
    divide(&b, 0.2, 2);
    divide(&c, 0.2, 1);
    assert_int_equal(a.validation_n, b.validation_n);
    assert_memory_not_equal(a.validation, b.validation, (size_t)a.validation_n * sizeof *a.validation);
    assert_memory_equal(a.validation, c.validation, (size_t)a.validation_n * sizeof *a.validation);
    end(&a);
    end(&b);
    end(&c);
}

/* The same images in another order: the same go to the same side. */
static void test_order_does_not_count(void **state)
{
    (void)state;
    struct world a = {0}, b = {0};
    make_plain(&a);
    for (long i = a.n - 1; i >= 0; i--)
        add(&b, a.images[i].class_index, a.contents[i].low);
    divide(&a, 0.2, 1);
    divide(&b, 0.2, 1);
    assert_int_equal(a.validation_n, b.validation_n);
    for (long i = 0; i < a.validation_n; i++)
        assert_true(has_content(&b, b.validation, b.validation_n, &a.contents[a.validation[i]]));
    end(&a);
    end(&b);
}

/* A part of the images, as after -c. */
static void test_chosen_alone(void **state)
{
    (void)state;
    struct world w = {0};
    make_plain(&w);
    long kept = 0;
    for (long i = 0; i < w.n; i++)
        if (w.images[i].class_index != 1)
            w.chosen[kept++] = i;
    w.n = kept;
    assert_int_equal(divide(&w, 0.2, 1), 0);
    check_apart(&w);
    assert_int_equal(w.training_n + w.validation_n, 107);
    assert_int_equal(in_class(&w, w.validation, w.validation_n, 1), 0);
    end(&w);
}

static void test_nothing_to_divide(void **state)
{
    (void)state;
    struct world w = {0};
    for (int i = 0; i < 10; i++)
        add(&w, i % 2, (uint64_t)(1 + i % 2)); /* one content a class */
    assert_int_equal(divide(&w, 0.2, 1), -1);
    assert_null(w.training);
    add(&w, 1, 9);
    assert_int_equal(divide(&w, 0.2, 1), 0); /* a class of two has one on each side */
    check_apart(&w);
    assert_int_equal(in_class(&w, w.training, w.training_n, 0), 5);
    end(&w);
}

static void test_remove(void **state)
{
    (void)state;
    struct world w = {0};
    const struct content others[] = {{.high = 77 * 5, .low = 5, .known = true}, {.known = false}};
    add(&w, 0, 3);
    add(&w, 0, 5);
    add(&w, 0, 0);
    add(&w, 1, 5);
    add(&w, 1, 6);
    assert_int_equal(parts_remove(w.contents, w.chosen, &w.n, others, 2), 2);
    assert_int_equal(w.n, 3);
    assert_int_equal(w.chosen[0], 0);
    assert_int_equal(w.chosen[1], 2);
    assert_int_equal(w.chosen[2], 4);
    assert_int_equal(parts_remove(w.contents, w.chosen, &w.n, NULL, 0), 0);
}

static void test_hash(void **state)
{
    (void)state;
    struct world w = {0};
    const struct content none = {0};
    make_plain(&w);
    struct content all = parts_hash(&w.d, w.contents, w.chosen, w.n, &none);
    struct content less = parts_hash(&w.d, w.contents, w.chosen, w.n - 1, &none);
    w.images[5].class_index = 2;
    struct content other = parts_hash(&w.d, w.contents, w.chosen, w.n, &none);
    assert_true(all.low != less.low && all.low != other.low);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shares),       cmocka_unit_test(test_equal_contents),
        cmocka_unit_test(test_seed),         cmocka_unit_test(test_order_does_not_count),
        cmocka_unit_test(test_chosen_alone), cmocka_unit_test(test_nothing_to_divide),
        cmocka_unit_test(test_remove),       cmocka_unit_test(test_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
