// The TOML library's own code, for the shared library only: Debian has it as a shared library or as
// headers, and a plugin cannot bring the former along.
#define TOML_IMPLEMENTATION 1
#include <toml++/toml.h>
