typedef int skeleton_CLinux;
