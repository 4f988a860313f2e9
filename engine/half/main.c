/* isplit-half: runs the head or the tail of a network on a device or a server, over standard input and
 * output. Needs libdarknet, and nothing of the rest of isplit. */
#include <stdio.h>
#include <string.h>

#include "base/process.h"
#include "half/words.h"

int main(int argc, char **argv)
{
    static const struct half_runtime *const runtimes[] = {&half_darknet, NULL};
    if (process_begin() < 0)
        return 1;
    if (argc > 1 && strcmp(argv[1], "--version") == 0)
        return printf("isplit-half %s\n", ISPLIT_VERSION) > 0 ? 0 : 1;
    return half_main(argc, argv, runtimes);
}
