// Input is only read from.
#define ZLIB_CONST
#include <zlib.h>
