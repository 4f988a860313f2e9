/* What the machine lets a process have, read from made-up /proc and /sys trees. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/memory.h"
#include "folder_fixture.h"
#include "graph/allowance.h"

static void run(const char *command)
{
    char *whole = memory_format("cd %s && %s", fixture_group_folder, command);
    assert_int_equal(system(whole), 0);
    free(whole);
}

static void write_text(const char *path, const char *text)
{
    char *whole = memory_format("%s/%s", fixture_group_folder, path),
         *make = memory_format("mkdir -p $(dirname %s)", path);
    struct file_out out;
    struct error e;
    run(make);
    assert_int_equal(file_out_open(&out, whole, &e), 0);
    fputs(text, out.stream);
    assert_int_equal(file_out_commit(&out, &e), 0);
    free(whole);
    free(make);
}

/* A machine with 8,000 kB to be had and a process that holds 1,000. */
static void empty_machine(void)
{
    run("rm -rf proc sys");
    write_text("proc/meminfo", "MemTotal:  9000 kB\nMemFree:  100 kB\nMemAvailable:   8000 kB\n");
    write_text("proc/self/status", "Name:\tx\nVmSize:\t  3000 kB\nVmRSS:\t   1000 kB\nVmData:\t 2000 kB\n");
}

static const char mounts[] =
    "22 1 0:20 / / rw - ext4 /dev/x rw\n"
    "32 31 0:30 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu\n"
    "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:3 - cgroup cgroup rw,memory\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";

static int64_t group(void)
{
    return allowance_group(fixture_group_folder);
}

enum { HELD = 1000 * 1024 };

static void available_memory(void **state)
{
    (void)state;
    empty_machine();
    assert_int_equal(allowance_available(fixture_group_folder), 9000 * 1024);
    assert_true(group() == INT64_MAX);
    run("rm -rf proc");
    assert_true(allowance_available(fixture_group_folder) == INT64_MAX && group() == INT64_MAX);
}

/* The least of max and high, of the group and all it lies in; pages of files are given back. */
static void groups_of_version_2(void **state)
{
    (void)state;
    empty_machine();
    write_text("proc/self/cgroup", "1:cpu:/other\n0::/job/step\n");
    write_text("proc/self/mountinfo", mounts);
    assert_true(group() == INT64_MAX);
    write_text("sys/fs/cgroup/unified/job/step/memory.max", "max\n");
    write_text("sys/fs/cgroup/unified/job/step/memory.high", "max\n");
    write_text("sys/fs/cgroup/unified/job/step/memory.current", "300000\n");
    assert_true(group() == INT64_MAX);
    write_text("sys/fs/cgroup/unified/job/step/memory.max", "5000000\n");
    assert_int_equal(group(), 4700000 + HELD);
    write_text("sys/fs/cgroup/unified/job/step/memory.high", "4000000\n");
    assert_int_equal(group(), 3700000 + HELD);
    write_text("sys/fs/cgroup/unified/job/memory.max", "3000000\n");
    write_text("sys/fs/cgroup/unified/job/memory.current", "2000000\n");
    assert_int_equal(group(), 1000000 + HELD);
    write_text("sys/fs/cgroup/unified/job/memory.stat",
               "anon 7\nfile 9\ninactive_file 200000\nactive_file 100000\n");
    assert_int_equal(group(), 1300000 + HELD);
    write_text("sys/fs/cgroup/unified/memory.max", "2500000\n"); /* the top itself counts, too */
    write_text("sys/fs/cgroup/unified/memory.current", "2400000\n");
    assert_int_equal(group(), 100000 + HELD);
    write_text("sys/fs/cgroup/unified/memory.current", "2600000\n");
    assert_int_equal(group(), HELD);
}

static void groups_of_version_1(void **state)
{
    (void)state;
    empty_machine();
    write_text("proc/self/cgroup", "9:name=systemd:/s\n4:cpu,memory:/job/step\n0::/\n");
    write_text("proc/self/mountinfo", mounts);
    write_text("sys/fs/cgroup/memory/job/step/memory.limit_in_bytes", "9223372036854771712\n");
    write_text("sys/fs/cgroup/memory/job/step/memory.usage_in_bytes", "300000\n");
    assert_true(group() > INT64_MAX / 2);
    write_text("sys/fs/cgroup/memory/job/memory.limit_in_bytes", "2000000\n");
    write_text("sys/fs/cgroup/memory/job/memory.usage_in_bytes", "1500000\n");
    write_text("sys/fs/cgroup/memory/job/memory.stat",
               "inactive_file 1\ntotal_inactive_file 50000\ntotal_active_file 50000\n");
    assert_int_equal(group(), 600000 + HELD);
    /* Neither a hierarchy of other things nor one that only sounds like it. */
    write_text("proc/self/cgroup", "4:memoryless,cpu:/job/step\n");
    assert_true(group() == INT64_MAX);
}

/* In a container the mount begins at the group itself, while the path is told from outside; or the path is
 * told from inside. */
static void groups_of_a_container(void **state)
{
    (void)state;
    empty_machine();
    write_text("proc/self/cgroup", "0::/docker/abc\n");
    write_text("proc/self/mountinfo",
               "35 31 0:32 /docker/abc /sys/fs/cgroup ro,relatime - cgroup2 cgroup rw\n");
    write_text("sys/fs/cgroup/memory.max", "700000\n");
    write_text("sys/fs/cgroup/memory.current", "100000\n");
    assert_int_equal(group(), 600000 + HELD);
    write_text("proc/self/cgroup", "0::/docker/abc/inner\n");
    write_text("sys/fs/cgroup/inner/memory.max", "50000\n");
    write_text("sys/fs/cgroup/inner/memory.current", "10000\n");
    assert_int_equal(group(), 40000 + HELD);
    write_text("proc/self/cgroup", "0::/docker/abcdef\n"); /* another group, which cannot be seen from here */
    assert_int_equal(group(), 600000 + HELD);
    write_text("proc/self/cgroup", "0::/\n");
    assert_int_equal(group(), 600000 + HELD);
}

static void damaged_files_limit_nothing(void **state)
{
    (void)state;
    empty_machine();
    write_text("proc/self/cgroup", "\n::\nx\n0:\n0::/../..\n");
    write_text("proc/self/mountinfo", "\nx\n1 2 3\n1 2 3 / /sys/fs/cgroup - cgroup2\n - \n");
    write_text("sys/fs/cgroup/memory.max", "many\n");
    assert_true(group() == INT64_MAX);
}

/* `resource` limited to so many bytes, and what is then left of it. */
static int64_t left_of(int resource, rlim_t bytes)
{
    struct rlimit before, now;
    assert_int_equal(getrlimit(resource, &before), 0);
    now = (struct rlimit){bytes, before.rlim_max};
    assert_int_equal(setrlimit(resource, &now), 0);
    int64_t left = (resource == RLIMIT_AS ? allowance_addresses : allowance_data)(fixture_group_folder);
    assert_int_equal(setrlimit(resource, &before), 0);
    return left;
}

static void limits_of_the_process(void **state)
{
    (void)state;
    empty_machine();
    const rlim_t large = (rlim_t)1 << 50; /* so that the test itself can go on */
    assert_int_equal(left_of(RLIMIT_AS, large), (int64_t)large - 3000 * 1024);
    assert_int_equal(left_of(RLIMIT_DATA, large), (int64_t)large - 2000 * 1024);
    assert_true(left_of(RLIMIT_AS, RLIM_INFINITY) == INT64_MAX);
    write_text("proc/self/status", "VmData:\t 1200000000000 kB\n");
    assert_int_equal(left_of(RLIMIT_DATA, large), 0);
}

static void this_machine(void **state)
{
    (void)state;
    assert_true(allowance_available("") > (int64_t)1 << 20);
    assert_true(allowance_group("") > 0 && allowance_addresses("") > 0 && allowance_data("") > 0);
    int64_t before = allowance_heap();
    void *block = memory_try(8, (size_t)1 << 20);
    int64_t more = allowance_heap() - before;
    free(block);
    assert_true(before == 0 || more >= (int64_t)8 << 20); /* sanitizers keep no account */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(available_memory),
        cmocka_unit_test(groups_of_version_2),
        cmocka_unit_test(groups_of_version_1),
        cmocka_unit_test(groups_of_a_container),
        cmocka_unit_test(damaged_files_limit_nothing),
        cmocka_unit_test(limits_of_the_process),
        cmocka_unit_test(this_machine),
    };
    return cmocka_run_group_tests_name("allowance", tests, fixture_group_begin, fixture_group_end);
}
