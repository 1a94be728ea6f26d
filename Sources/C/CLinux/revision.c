#include "CLinux.h"

#ifndef CEPHFS_CSI_REVISION
#define CEPHFS_CSI_REVISION ""
#endif

const char *linux_revision(void) { return CEPHFS_CSI_REVISION; }
