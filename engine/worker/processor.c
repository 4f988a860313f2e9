#include "worker/processor.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/text.h"

/* "model name" where the processor has one, else "Model", which is the board's. */
void processor_name(char *out, size_t capacity)
{
    char line[512];
    out[0] = '\0';
    FILE *f = fopen("/proc/cpuinfo", "re");
    while (f && fgets(line, sizeof line, f)) {
        char *value = strchr(line, ':');
        if (!value)
            continue;
        *value++ = '\0';
        const char *key = text_trim(line);
        bool own = strcmp(key, "model name") == 0;
        if (own || strcmp(key, "Model") == 0)
            snprintf(out, capacity, "%s", text_trim(value));
        if (own)
            break;
    }
    if (f)
        fclose(f);
}

void processor_describe(char *out, size_t capacity)
{
    struct utsname system;
    char name[80];
    const char *machine = uname(&system) == 0 ? system.machine : "unknown";
    processor_name(name, sizeof name);
    if (name[0])
        snprintf(out, capacity, "%s (%s)", machine, name);
    else
        snprintf(out, capacity, "%s", machine);
}
