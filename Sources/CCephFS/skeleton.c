typedef int skeleton_CCephFS;
