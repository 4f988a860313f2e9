/* The terms of the screen, the files and the manual, each with its meaning in a line: shown in the help of
 * the screen and on a page of the manual. */
#ifndef ISPLIT_CLI_GLOSSARY_H
#define ISPLIT_CLI_GLOSSARY_H

struct glossary_entry {
    const char *term, *meaning; /* ASCII */
};

extern const struct glossary_entry glossary[];
extern const int glossary_n;

#endif
