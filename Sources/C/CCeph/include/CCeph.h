// libcephfs and librados, each loaded at its first use.
#pragma once
#include "cephfs.h"
#include "rados.h"
