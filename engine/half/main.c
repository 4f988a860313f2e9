/* isplit-half: runs the head or the tail of a network on a device or a server, over standard input and
 * output. Needs libdarknet, and nothing of the rest of isplit. */
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "base/process.h"
#include "half/words.h"

int main(int argc, char **argv)
{
    static const struct half_runtime *const runtimes[] = {&half_darknet, NULL};
    if (process_begin() < 0)
        return 1;
    setlocale(LC_CTYPE, ""); /* for what reaches a terminal */
    if (argc > 1 && strcmp(argv[1], "--version") == 0) {
        puts("isplit-half " ISPLIT_VERSION);
        return half_flush();
    }
    return half_main(argc, argv, runtimes);
}
