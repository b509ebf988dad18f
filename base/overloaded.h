// Overloaded: one visitor out of several lambdas, for std::visit over the project's variants.
#pragma once

namespace tripline {

template <class... Lambdas>
struct Overloaded : Lambdas... {
  using Lambdas::operator()...;
};

}  // namespace tripline
