// The factors of Winograd's transforms; see winograd.h.
extern const float winograd_factors[11];
const float winograd_factors[11] = {0.5f,      2.0f,     2.5f,     0.70710678f,   1.41421356f,    -1.0f / 3,
                                    -2.0f / 3, 1.0f / 3, 1.0f / 6, -0.47140452f, 0.23570226f};
