// The TOML library's own code, for the shared library only: Debian has it as a shared library or as
// headers, and a plugin cannot bring the former along.
//
// Its assertions are left out, as in Debian's build. Text reaches three of them ("[+", "a=[}",
// "a=2020-01-01T:0"), where the lines that follow report a syntax error; an assertion would end the
// host's process. Nor may they become assumptions, which NDEBUG makes of them.
#undef NDEBUG
#define TOML_ASSERT(expr) static_assert(true)
#define TOML_IMPLEMENTATION 1
#include <toml++/toml.h>
