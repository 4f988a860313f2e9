/* The machine that the worker computes on. */
#ifndef ISPLIT_WORKER_PROCESSOR_H
#define ISPLIT_WORKER_PROCESSOR_H

#include <stddef.h>

/* The processor's name, or on a board the board's; empty where the system does not say. */
void processor_name(char *out, size_t capacity);

/* The architecture, and the name behind it: "x86_64 (AMD EPYC 9R14)". */
void processor_describe(char *out, size_t capacity);

#endif
