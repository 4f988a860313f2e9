/* Restores the terminal when the program crashes: a signal handler resets it and then lets the signal take
 * effect. */
#ifndef ISPLIT_SCREEN_RESCUE_H
#define ISPLIT_SCREEN_RESCUE_H

#include <termios.h>

/* `modes` and `strings` (escape sequences that leave the screen) are what a crash restores from now on. */
void rescue_arm(const struct termios *modes, const char *strings);
void rescue_disarm(void);

#endif
