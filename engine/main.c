/* isplit-engine: the worker. Serves one front end over standard input and output (wire/PROTOCOL.md). */
#include <errno.h>
#include <fenv.h>
#include <locale.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/process.h"
#include "base/text.h"
#include "half/words.h"
#include "wire/channel.h"
#include "wire/message.h"
#include "wire/version.h"
#include "worker/session.h"
#include "worker/yardstick.h"

/* The libraries may print to standard output. The pipe uses a private copy of it; anything printed goes to
 * standard error. */
static int take_stdout(void)
{
    int out = dup(STDOUT_FILENO);
    if (out < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
        fprintf(stderr, "isplit-engine: cannot set up the pipe: %s\n", strerror(errno));
        return -1;
    }
    return out;
}

/* The first word where it stands in for isplit-half, which has stock Darknet alone. */
#define HALF_ARGUMENT "--half"

static int main_half(int argc, char **argv)
{
    static const struct half_runtime *const runtimes[] = {&half_onednn, &half_darknet, NULL};
    return half_main(argc, argv, runtimes);
}

int main(int argc, char **argv)
{
    if (process_begin() < 0)
        return 1;
    if (argc > 1 && strcmp(argv[1], "--version") == 0) {
        puts("isplit-engine " ISPLIT_VERSION);
        return half_flush();
    }
    bool yardstick = argc > 1 && strcmp(argv[1], YARDSTICK_ARGUMENT) == 0,
         half = argc > 1 && strcmp(argv[1], HALF_ARGUMENT) == 0;
    if (!yardstick && !half && (argc > 1 || isatty(STDIN_FILENO))) {
        puts("isplit-engine is started by isplit and speaks JSON lines with it; run isplit instead.");
        return argc > 1 && strcmp(argv[1], "--help") == 0 ? half_flush() : 2;
    }
    /* Large blocks always go back to the system when freed: by default malloc soon keeps blocks of up to 32
     * MB, and packing a network's weights uses many of these. */
    mallopt(M_MMAP_THRESHOLD, 1 << 20);
    setlocale(LC_CTYPE, "");
    /* libdarknet is built with -Ofast: loading it makes this process flush denormals. Threads inherit the
     * mode of their creator, so it is reset before there are any. */
    fesetenv(FE_DFL_ENV);
    if (yardstick)
        return yardstick_main(argc, argv);
    if (half)
        return main_half(argc - 1, argv + 1);

    message_begin();
    int out = take_stdout();
    if (out < 0)
        return 1;
    struct error e;
    struct channel *channel = channel_new(STDIN_FILENO, out, CHANNEL_LINE_LIMIT);
    int status = session_serve(channel, &e);
    channel_free(channel);
    if (status < 0) {
        char *shown = text_printable(e.text);
        fprintf(stderr, "isplit-engine: %s\n", shown);
        free(shown);
    }
    return status < 0 ? 1 : 0;
}
