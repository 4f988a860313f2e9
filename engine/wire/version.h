/* The version of both programs, and the version of the protocol (PROTOCOL.md). */
#ifndef ISPLIT_WIRE_VERSION_H
#define ISPLIT_WIRE_VERSION_H

#ifndef ISPLIT_VERSION
#define ISPLIT_VERSION "0.1.0"
#endif

#define ISPLIT_PROTOCOL 2

#endif
