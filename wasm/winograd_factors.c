// The factors of Winograd's transforms; see winograd.h.
extern const float winograd_factors[5];
const float winograd_factors[5] = {0.5f, 2.0f, 2.5f, 0.70710678f, 1.41421356f};
