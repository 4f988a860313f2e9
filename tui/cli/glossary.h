/* The terms of the screen, the files and the manual, each with its meaning in a line: shown in the help of
 * the screen and on a page of the manual. */
#ifndef ISPLIT_CLI_GLOSSARY_H
#define ISPLIT_CLI_GLOSSARY_H

enum { GLOSSARY_TERM, GLOSSARY_MEANING, GLOSSARY_TEXTS };
extern const char *const glossary[][GLOSSARY_TEXTS]; /* [glossary_n] ASCII */
extern const int glossary_n;

#endif
