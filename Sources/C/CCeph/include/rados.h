#pragma once
#include <rados/librados.h>

/// Loads librados.so.2 once, whoever calls first; see ccephfs_load() for why it is not linked.
///
/// Returns 0, or -ELIBACC with a message in *error that lives as long as the process.
int crados_load(const char **error);
