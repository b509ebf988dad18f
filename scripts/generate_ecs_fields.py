#!/usr/bin/env python3
"""Writes compiler/ecs_fields.inc, the compiled-in table of the Elastic Common Schema.

Reads generated/ecs/ecs_flat.yml of the ECS project (Apache-2.0) and keeps facts only: names, types
and the mapping parameters that decide what a query can mean. Needs PyYAML (python3-yaml); it runs
when the schema changes, never in a build.

    scripts/generate_ecs_fields.py --version 9.5.0-dev ecs_flat.yml > compiler/ecs_fields.inc
"""

import argparse
import sys

import yaml

TYPES = {
    "binary": "kBinary",
    "boolean": "kBoolean",
    "byte": "kByte",
    "constant_keyword": "kConstantKeyword",
    "date": "kDate",
    "date_nanos": "kDateNanos",
    "double": "kDouble",
    "flattened": "kFlattened",
    "float": "kFloat",
    "geo_point": "kGeoPoint",
    "geo_shape": "kGeoShape",
    "half_float": "kHalfFloat",
    "integer": "kInteger",
    "ip": "kIp",
    "keyword": "kKeyword",
    "long": "kLong",
    "match_only_text": "kMatchOnlyText",
    "nested": "kNested",
    "object": "kObject",
    "scaled_float": "kScaledFloat",
    "short": "kShort",
    "text": "kText",
    "unsigned_long": "kUnsignedLong",
    "wildcard": "kWildcard",
}


def marks_of(field):
    """What the table says about a field beside its type."""
    marks = []
    if field.get("index") is False:
        marks.append("kNotIndexed")
    if field.get("doc_values") is False:
        marks.append("kNoDocValues")
    return marks


def entry(name, type_name, ignore_above=0, scaling_factor=0, marks=()):
    return '{"%s", FieldType::%s, %d, %d, %s},' % (
        name, TYPES[type_name], ignore_above, scaling_factor, " | ".join(marks) or "0")


def entries(fields):
    """One line per field, per multi-field, and per object whose keys have one type."""
    for name, field in fields.items():
        yield name, entry(name, field["type"], field.get("ignore_above", 0),
                          field.get("scaling_factor", 0), marks_of(field))
        if "object_type" in field:
            yield name + ".*", entry(name + ".*", field["object_type"], marks=["kAnyKey"])
        for multi in field.get("multi_fields", []):
            full = multi["flat_name"]
            yield full, entry(full, multi["type"], multi.get("ignore_above", 0),
                              marks=["kMultiField"] + marks_of(multi))


def main():
    arguments = argparse.ArgumentParser(description=__doc__,
                                        formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("schema", help="path of ecs_flat.yml")
    arguments.add_argument("--version", required=True, help="the ECS version that the file is of")
    options = arguments.parse_args()
    with open(options.schema, encoding="utf-8") as schema:
        fields = yaml.load(schema, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    print("// The fields of the Elastic Common Schema %s: name, type, ignore_above, scaling_factor,"
          % options.version)
    print("// marks; sorted by name. Generated from ecs_flat.yml of github.com/elastic/ecs by")
    print("//   scripts/generate_ecs_fields.py --version %s ecs_flat.yml" % options.version)
    print("// clang-format off")
    print('constexpr std::string_view kEcsVersion = "%s";' % options.version)
    print("constexpr EcsField kEcsFields[] = {")
    for _, line in sorted(entries(fields), key=lambda pair: pair[0].encode()):
        print(line)
    print("};")
    print("// clang-format on")
    return 0


if __name__ == "__main__":
    sys.exit(main())
