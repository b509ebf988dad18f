// SearchHit: what a line of an event file holds beside or around the event. A line is either the
// document itself or a search hit, {"_index":..,"_id":..,"_source":{the document}}. A line is a hit
// if its `_source` is an object: no document can have a field of that name.
#pragma once

#include <string_view>

namespace tripline::runtime {

struct SearchHit {
  bool is_hit = false;
  std::string_view index;  // empty if the hit does not name it
  std::string_view id;     // empty if the hit does not name it
};

}  // namespace tripline::runtime
