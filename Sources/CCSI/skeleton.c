typedef int skeleton_CCSI;
