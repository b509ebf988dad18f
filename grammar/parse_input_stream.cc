// A stand-in for ANTLR's own input stream, for the shared library only. Debian's static ANTLR
// runtime is compiled for programs: this class alone has thread-local variables that cannot go into
// a shared library. The parser never makes one (it reads a LexerView, grammar/parse.cc); only tree
// patterns do, which nobody asks for, but which the base class of every parser names.
#include <antlr4-runtime.h>

#include <cstddef>
#include <istream>
#include <string>

#include "base/check.h"

namespace {

[[noreturn]] void Refuse() {
  tripline::FailCheck("ANTLR's tree patterns are not part of this library",
                      std::source_location::current());
}

}  // namespace

namespace antlr4 {

ANTLRInputStream::ANTLRInputStream(const std::string& /*input*/) { Refuse(); }
ANTLRInputStream::ANTLRInputStream(const char /*data*/[], std::size_t /*size*/) { Refuse(); }
ANTLRInputStream::ANTLRInputStream(std::istream& /*stream*/) { Refuse(); }

void ANTLRInputStream::load(const std::string& /*input*/) { Refuse(); }
void ANTLRInputStream::load(std::istream& /*stream*/) { Refuse(); }
void ANTLRInputStream::reset() { Refuse(); }
void ANTLRInputStream::consume() { Refuse(); }
std::size_t ANTLRInputStream::LA(ssize_t /*offset*/) { Refuse(); }
std::size_t ANTLRInputStream::LT(ssize_t /*offset*/) { Refuse(); }
std::size_t ANTLRInputStream::index() { Refuse(); }
std::size_t ANTLRInputStream::size() { Refuse(); }
ssize_t ANTLRInputStream::mark() { Refuse(); }
void ANTLRInputStream::release(ssize_t /*marker*/) { Refuse(); }
void ANTLRInputStream::seek(std::size_t /*index*/) { Refuse(); }
std::string ANTLRInputStream::getText(const misc::Interval& /*interval*/) { Refuse(); }
std::string ANTLRInputStream::getSourceName() const { Refuse(); }
std::string ANTLRInputStream::toString() const { Refuse(); }

}  // namespace antlr4
