/* A device: a CSV file, or a speed. */
#include <stdlib.h>

#include "fuzz.h"
#include "report/device_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct device device;
    struct error e;
    if (device_read(fuzz_file(data, size), fuzz_table(), "net.cfg", &device, &e) == 0)
        device_free(&device);
    char *speed = fuzz_text((struct fuzz_part){data, size});
    if (size < 20 && speed[0] >= '+' && speed[0] <= '9' && speed[0] != '/' &&
        device_read(speed, fuzz_table(), "net.cfg", &device, &e) == 0)
        device_free(&device);
    free(speed);
    return 0;
}
