#define _GNU_SOURCE
#include "CLinux.h"

#include <string.h>

const char *linux_error_text(int error) {
    const char *text = strerrordesc_np(error);
    return text ? text : "unknown error";
}
