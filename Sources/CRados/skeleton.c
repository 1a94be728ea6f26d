typedef int skeleton_CRados;
