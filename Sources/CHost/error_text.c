#define _GNU_SOURCE
#include "CHost.h"

#include <string.h>

const char *chost_error_text(int error) {
    const char *text = strerrordesc_np(error);
    return text ? text : "unknown error";
}
