#!/usr/bin/env python3
"""The scripts that run a cluster, as far as they need none: JDKs, ports, mappings, lines of events, plugin archives, the
layout of an assembly, the end of a process."""
import gzip
import json
import os
import pathlib
import select
import signal
import socket
import subprocess
import sys
import tempfile
import unittest
import zipfile

import scripts_folder  # before those that it puts in reach
import assemble
import jdk
import load
import local_cluster
import mapping
import node
import process
import releases


class WithFolder(unittest.TestCase):
    def setUp(self):
        made = tempfile.TemporaryDirectory(prefix="tripline-")
        self.addCleanup(made.cleanup)
        self.folder = pathlib.Path(made.name)


class JdkTest(WithFolder):
    def make(self, name, version):
        home = self.folder / name
        (home / "bin").mkdir(parents=True)
        (home / "bin" / "java").write_text("#!/bin/sh\n")
        (home / "bin" / "java").chmod(0o755)
        (home / "release").write_text(f'IMPLEMENTOR="x"\nJAVA_VERSION="{version}"\nJAVA_VERSION_DATE="2026-01-01"\n')
        return home

    def find(self, **environment):
        return jdk.find_jdk(environment, self.folder).home

    def test_the_first_number_of_a_version_is_its_feature_save_in_the_oldest(self):
        versions = {"25": 25, "21.0.2": 21, "17.0.15": 17, "21-ea": 21, "1.8.0_402": 8, "": None, "x21": None}
        self.assertEqual(versions, {version: jdk.feature_of(version) for version in versions})

    def test_takes_the_newest_that_is_new_enough(self):
        self.make("old", "17.0.15")
        self.make("a", "21.0.2")
        newest = self.make("b", "25")
        self.assertEqual(newest, self.find())

    def test_java_home_comes_before_the_system_only_if_it_is_new_enough(self):
        own, old, system = self.make("own", "21"), self.make("old", "17.0.1"), self.make("system", "25")
        self.assertEqual(own, self.find(JAVA_HOME=str(own)))
        self.assertEqual(system, self.find(JAVA_HOME=str(old)))

    def test_a_chosen_one_that_does_not_fit_is_refused_and_not_passed_over(self):
        self.make("system", "25")
        with self.assertRaisesRegex(jdk.NoJdk, "TRIPLINE_JAVA_HOME is .*old, but it is JDK 17"):
            self.find(TRIPLINE_JAVA_HOME=str(self.make("old", "17.0.1")))

    def test_where_none_fits_the_message_says_how_to_get_one(self):
        self.make("old", "17.0.15")
        with self.assertRaisesRegex(jdk.NoJdk, "no JDK >= 21 .* set TRIPLINE_JAVA_HOME"):
            self.find()

    def test_a_folder_without_java_is_no_jdk(self):
        (self.make("empty", "25") / "bin" / "java").unlink()
        with self.assertRaises(jdk.NoJdk):
            self.find()


class NodeTest(WithFolder):
    def test_ports_differ_and_can_be_bound(self):
        ports = node.free_ports(6)
        self.assertEqual(6, len(set(ports)))
        for port in ports:
            with socket.socket() as one:
                one.bind(("127.0.0.1", port))

    def test_a_port_in_use_is_not_chosen(self):
        (taken,) = node.free_ports(1)
        with socket.socket() as one:
            one.bind(("127.0.0.1", taken))
            self.assertNotIn(taken, node.free_ports(2_000))

    def test_heap_sizes_are_read_as_java_reads_them(self):
        self.assertEqual([512 << 20, 1 << 30, 1024], [node.heap_bytes(heap) for heap in ("512m", "1G", "1k")])
        for wrong in ("1", "g", "1.5g", ""):
            with self.assertRaisesRegex(ValueError, "as in 1g"):
                node.heap_bytes(wrong)

    def test_settings_of_the_node_itself_win_and_data_stays(self):
        assembly = self.folder / "assembly"
        (assembly / "config").mkdir(parents=True)
        (assembly / "config" / "log4j2.properties").write_text("status = error\n")
        one = node.Node("node-1", self.folder / "node-1", 20001, 20002)
        for number in (1, 2):
            one.prepare(assembly, {"a.list": ["x", "y"], "http.port": 9, "number": number}, None)
            (one.folder / "data" / f"kept-{number}").touch()
        settings = (one.folder / "config" / "opensearch.yml").read_text().splitlines()
        self.assertIn('a.list: ["x", "y"]', settings)
        self.assertIn("http.port: 20001", settings)
        self.assertIn("number: 2", settings)
        self.assertEqual(["kept-1", "kept-2"], sorted(path.name for path in (one.folder / "data").iterdir()))


class ProcessTest(unittest.TestCase):
    def start(self, program):
        child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
        self.addCleanup(child.stdout.close)
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        child.stdout.readline()
        return child, process.identify(child.pid)

    def test_one_that_listens_ends_when_asked(self):
        child, running = self.start("import time; print(flush=True); time.sleep(600)")
        self.assertTrue(process.is_running(running))
        self.assertFalse(process.stop(running))
        self.assertFalse(process.is_running(running))
        self.assertEqual(-signal.SIGTERM, child.wait())

    def test_one_that_does_not_listen_is_killed(self):
        child, running = self.start("import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
                                    "print(flush=True); time.sleep(600)")
        self.assertTrue(process.stop(running, patience_s=0.2))
        self.assertEqual(-signal.SIGKILL, child.wait())

    def test_another_process_under_the_same_id_is_left_alone(self):
        child, running = self.start("import time; print(flush=True); time.sleep(600)")
        stranger = process.Process(running.pid, running.start_ticks + 1)
        self.assertFalse(process.is_running(stranger))
        process.stop(stranger)
        self.assertIsNone(child.poll())

    def test_a_process_dies_with_the_one_that_started_it(self):
        # The child says its own id: by then setpriv has set what is tested here.
        program = ("import subprocess; import process; "
                   "subprocess.run([*process.prefix(None, True), 'sh', '-c', 'echo $$; exec sleep 600'])")
        parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE,
                                  cwd=scripts_folder.ROOT / "scripts" / "cluster")
        with parent:
            handle = os.pidfd_open(int(parent.stdout.readline()))
            self.addCleanup(os.close, handle)
            self.assertEqual([], select.select([handle], [], [], 0)[0])
            parent.kill()
        ended, _, _ = select.select([handle], [], [], 30)
        if not ended:
            signal.pidfd_send_signal(handle, signal.SIGKILL)
        self.assertEqual([handle], ended)


class MappingTest(unittest.TestCase):
    def of(self, *fields):
        return mapping.mappings(fields)["properties"]

    def test_every_field_of_the_compiled_in_table_has_its_place(self):
        fields = mapping.read_table()
        properties = mapping.mappings(fields)["properties"]
        self.assertGreater(len(fields), 2_000)
        self.assertEqual({"type": "date"}, properties["@timestamp"])
        self.assertEqual({"type": "ip"}, properties["source"]["properties"]["ip"])
        command_line = properties["process"]["properties"]["command_line"]
        self.assertEqual(("wildcard", True), (command_line["type"], command_line["doc_values"]))
        self.assertEqual({"text": {"type": "text"}}, command_line["fields"])
        self.assertEqual("nested", properties["dll"]["properties"]["pe"]["properties"]["sections"]["type"])

    def test_types_that_opensearch_lacks_have_their_stand_ins(self):
        stand_ins = {"constant_keyword": "keyword", "flattened": "flat_object", "match_only_text": "text"}
        found = {kind: mapping.field_mapping(mapping.Field("f", kind))["type"] for kind in stand_ins}
        self.assertEqual(stand_ins, found)

    def test_parameters_come_along(self):
        self.assertEqual({"type": "keyword", "ignore_above": 1024},
                         mapping.field_mapping(mapping.Field("f", "keyword", ignore_above=1024)))
        self.assertEqual({"type": "scaled_float", "scaling_factor": 1000},
                         mapping.field_mapping(mapping.Field("f", "scaled_float", scaling_factor=1000)))
        self.assertEqual({"type": "keyword", "index": False, "doc_values": False},
                         mapping.field_mapping(mapping.Field("f", "keyword", marks={"kNotIndexed", "kNoDocValues"})))

    def test_keys_of_an_object_are_dynamic_and_of_one_type(self):
        made = mapping.mappings([mapping.Field("labels", "object"),
                                 mapping.Field("labels.*", "keyword", marks={"kAnyKey"})])
        self.assertEqual({"labels": {"type": "object", "dynamic": True}}, made["properties"])
        self.assertEqual([{"labels": {"path_match": "labels.*", "mapping": {"type": "keyword"}}}],
                         made["dynamic_templates"])
        self.assertIs(False, made["dynamic"])

    def test_an_object_may_be_listed_before_or_after_its_fields(self):
        outer, inner = mapping.Field("a", "nested"), mapping.Field("a.b", "long")
        wanted = {"a": {"type": "nested", "properties": {"b": {"type": "long"}}}}
        self.assertEqual(wanted, self.of(outer, inner))
        self.assertEqual(wanted, self.of(inner, outer))

    def test_a_value_and_an_object_under_one_name_are_refused(self):
        value, below = mapping.Field("a", "keyword"), mapping.Field("a.b", "long")
        for fields in ((value, below), (below, value)):
            with self.assertRaises(mapping.BadTable):
                self.of(*fields)

    def test_added_fields_and_settings_go_into_the_index(self):
        body = mapping.index_body(more_fields={"winlog.event_id": "keyword", "host.name": "long"},
                                  settings={"index.refresh_interval": "1s", "number_of_shards": 2})
        properties = body["mappings"]["properties"]
        self.assertEqual({"type": "keyword"}, properties["winlog"]["properties"]["event_id"])
        self.assertEqual("keyword", properties["host"]["properties"]["name"]["type"])
        index = body["settings"]["index"]
        self.assertEqual(("1s", 2, 0), (index["refresh_interval"], index["number_of_shards"], index["number_of_replicas"]))


class FakeClient:
    """Takes documents save those with "bad" in them; is too busy for the first attempt at "late"."""

    def __init__(self):
        self.bodies, self.requested, self.was_busy = [], [], False

    def request(self, method, path, body, timeout_s=None):
        lines = body.decode().splitlines()
        self.bodies.append([(json.loads(action)["index"], source) for action, source in zip(lines[::2], lines[1::2])])
        return 200, {"items": [{"index": self.answer(source)} for source in lines[1::2]]}

    def answer(self, source):
        if "bad" in source:
            return {"_id": "x", "status": 400, "error": {"type": "parsing", "reason": "it is bad"}}
        if "late" in source and not self.was_busy:
            self.was_busy = True
            return {"_id": "x", "status": 429, "error": {"type": "busy", "reason": "later"}}
        return {"_id": "x", "status": 201}

    def expect(self, method, path, timeout_s=None):
        self.requested.append((method, path))


class LoadTest(WithFolder):
    def load(self, *texts, index="events", **options):
        client = FakeClient()
        return client, load.load(client, index, enumerate((text.encode() for text in texts), start=1), **options)

    def test_lines_count_through_plain_and_packed_files(self):
        (self.folder / "a.ndjson").write_bytes(b'{"a":1}\n\n{"a":2}\n')
        (self.folder / "b.ndjson.gz").write_bytes(gzip.compress(b'{"a":3}'))
        read = list(load.lines_of([self.folder / "a.ndjson", self.folder / "b.ndjson.gz"]))
        self.assertEqual([(1, b'{"a":1}'), (2, b""), (3, b'{"a":2}'), (4, b'{"a":3}')], read)

    def test_plain_documents_take_the_ids_they_are_given_and_hits_keep_theirs(self):
        hit = '{"_index":"old","_id":"h","_source":{"b":2}}'
        client, loaded = self.load('{"a": 1}', "", hit, ids=load.line_id)
        self.assertEqual([[({"_index": "events", "_id": "L1"}, '{"a": 1}'),
                           ({"_index": "events", "_id": "h"}, '{"b":2}')]], client.bodies)
        self.assertEqual((2, [("POST", "/events/_refresh")]), (loaded.indexed, client.requested))

    def test_without_an_index_hits_go_where_they_were(self):
        client, loaded = self.load('{"_index":"old","_id":"h","_source":{"b":2}}', '{"a":1}', index=None)
        self.assertEqual([[({"_index": "old", "_id": "h"}, '{"b":2}')]], client.bodies)
        self.assertEqual([2], [rejection.line for rejection in loaded.rejections])

    def test_what_is_refused_is_told_with_line_and_reason(self):
        _, loaded = self.load('{"a":1}', "{", "[1]", '{"a":"bad"}')
        self.assertEqual((1, 3), (loaded.indexed, loaded.rejected))
        self.assertEqual([(2, 0), (3, 0), (4, 400)], [(one.line, one.status) for one in loaded.rejections])
        self.assertEqual("parsing: it is bad", loaded.rejections[2].reason)
        self.assertEqual({"not a document": 2, "parsing": 1}, loaded.reasons)

    def test_what_the_node_was_too_busy_for_is_sent_again_alone(self):
        pauses = []
        self.addCleanup(setattr, load.time, "sleep", load.time.sleep)
        load.time.sleep = pauses.append
        client, loaded = self.load('{"a":1}', '{"a":"late"}')
        self.assertEqual([2, 1], [len(body) for body in client.bodies])
        self.assertEqual((2, 0, [1]), (loaded.indexed, loaded.rejected, pauses))

    def test_batches_are_bounded(self):
        client, loaded = self.load(*['{"a":1}'] * (2 * load.BATCH_DOCUMENTS + 1))
        self.assertEqual([load.BATCH_DOCUMENTS] * 2 + [1], [len(body) for body in client.bodies])
        self.assertEqual(2 * load.BATCH_DOCUMENTS + 1, loaded.indexed)
        big = json.dumps({"a": "x" * (load.BATCH_BYTES // 2)})
        self.assertEqual([2, 1], [len(body) for body in self.load(big, big, big)[0].bodies])


class PluginTest(WithFolder):
    def archive(self, **files):
        path = self.folder / "plugin.zip"
        with zipfile.ZipFile(path, "w") as packed:
            for name, text in files.items():
                packed.writestr(name.replace("__", "/").replace("DESCRIPTOR", "plugin-descriptor.properties"), text)
        return path

    def test_goes_to_the_folder_that_its_descriptor_names(self):
        archive = self.archive(DESCRIPTOR="# a comment=1\nname = tripline\nversion=1\n", native__one="x")
        self.assertEqual("tripline", local_cluster.install_plugin(archive, self.folder / "plugins"))
        self.assertEqual("x", (self.folder / "plugins" / "tripline" / "native" / "one").read_text())

    def test_an_archive_that_is_none_or_names_no_folder_is_refused(self):
        (self.folder / "text.zip").write_text("no archive")
        refused = [self.folder / "text.zip", self.folder / "missing.zip"]
        for archive in refused:
            with self.assertRaisesRegex(local_cluster.BadPlugin, archive.name):
                local_cluster.install_plugin(archive, self.folder / "plugins")
        with self.assertRaisesRegex(local_cluster.BadPlugin, "no plugin-descriptor.properties"):
            local_cluster.install_plugin(self.archive(other="x"), self.folder / "plugins")
        for name in ("", "../up", "a/b", "..", "/tmp"):
            with self.assertRaisesRegex(local_cluster.BadPlugin, "names no plugin"):
                local_cluster.install_plugin(self.archive(DESCRIPTOR=f"name={name}\n"), self.folder / "plugins")
        self.assertFalse((self.folder / "plugins").exists())


class AssemblyTest(WithFolder):
    def test_the_cache_follows_the_environment_and_root_has_a_place_that_others_can_enter(self):
        self.assertEqual(pathlib.Path("/x/y"), assemble.cache_folder({"TRIPLINE_CACHE": "/x/y"}, is_root=True))
        self.assertEqual(pathlib.Path("/x/tripline"), assemble.cache_folder({"XDG_CACHE_HOME": "/x"}, is_root=False))
        self.assertEqual(pathlib.Path("/var/cache/tripline"), assemble.cache_folder({"XDG_CACHE_HOME": "/x"}, is_root=True))

    def test_jars_are_told_apart_without_their_versions(self):
        names = {"netty-common-4.2.16.Final.jar": "netty-common", "log4j-api-2.25.4.jar": "log4j-api",
                 "zstd-jni-1.5.6-1.jar": "zstd-jni", "httpcore5-h2-5.4.jar": "httpcore5-h2"}
        self.assertEqual(names, {name: assemble.artifact_name(name) for name in names})

    def test_no_module_holds_what_lib_or_the_module_it_extends_holds(self):
        jars = {}
        for name in ["lib", "agent", *(f"module-{module.name}" for module in releases.MODULES)]:
            (self.folder / name).mkdir()
            jars[name] = [self.folder / name / f"{name}-1.0.jar", self.folder / name / "shared-2.0.jar"]
        jars["module-lang-painless"].append(self.folder / "module-lang-painless" / "asm-9.0.jar")
        jars["module-ingest-common"].append(self.folder / "module-ingest-common" / "asm-9.1.jar")
        jars["agent"] = [self.folder / "agent" / "opensearch-agent-1.0.jar"]
        for found in jars.values():
            for jar in found:
                jar.touch()
        assemble.lay_out(self.folder / "home", "1.0", jars)
        painless, ingest = (self.folder / "home" / "modules" / name for name in ("lang-painless", "ingest-common"))
        self.assertEqual({"asm-9.0.jar", "module-lang-painless-1.0.jar"}, {jar.name for jar in painless.glob("*.jar")})
        self.assertEqual({"module-ingest-common-1.0.jar"}, {jar.name for jar in ingest.glob("*.jar")})
        self.assertIn("extended.plugins=lang-painless\n", (ingest / "plugin-descriptor.properties").read_text())
        self.assertTrue((self.folder / "home" / "agent" / "opensearch-agent.jar").exists())

    def test_only_a_stamp_of_this_recipe_makes_an_assembly_complete(self):
        self.assertFalse(assemble.is_complete(self.folder))
        for stamp, wanted in (("{", False), ('{"recipe": 0}', False), (json.dumps({"recipe": assemble.RECIPE}), True)):
            (self.folder / "assembly.json").write_text(stamp)
            self.assertEqual(wanted, assemble.is_complete(self.folder))

    def test_an_unknown_version_says_what_to_add(self):
        with self.assertRaisesRegex(assemble.CannotAssemble, "1.2.3 is not known .* log4j-core and byte-buddy"):
            assemble.assemble("1.2.3", cache=self.folder)
        self.assertEqual([], list(self.folder.glob("*.partial-*")))


if __name__ == "__main__":
    unittest.main()
