#include "features/measured_pictures.h"

const int pictures_qualities[PICTURES_QUALITIES] = {95, 90, 80, 70, 60, 50, 40, 30, 20};
