# SPDX-License-Identifier: Apache-2.0
import unittest

import planted

import layers


class LayersTest(planted.PlantedTest):
    check = staticmethod(layers.check)

    def setUp(self):
        super().setUp()
        self.write_cpp("src/base/result.h")
        self.write_cpp("src/store/store.h", '#include "base/result.h"\n')
        self.write_cpp("src/ingest/source.h", '#include "store/store.h"\n')

    def test_accepts_the_order_of_rooms(self):
        self.assert_clean()

    def test_finds_a_room_that_includes_one_below(self):
        self.write_cpp("src/base/clock.h", '#include "store/store.h"\n')
        self.assert_finds("src/base/clock.h", "base stands above store")

    def test_finds_a_stage_that_includes_a_stage(self):
        self.write_cpp("src/serve/door.h", '#include "ingest/source.h"\n')
        self.assert_finds("src/serve/door.h", "a stage never includes a stage")

    def test_finds_a_reach_into_another_rooms_inside(self):
        self.write_cpp("src/store/inside/rows.h")
        self.write_cpp("src/store/rows.cc", '#include "store/inside/rows.h"\n')
        self.assert_clean()
        self.write_cpp("src/ingest/rows.cc", '#include "store/inside/rows.h"\n')
        self.assert_finds("src/ingest/rows.cc", "inside/ belongs to store alone")

    def test_lets_only_tests_use_a_testkit(self):
        self.write_cpp("src/store/testkit/fake_store.h", '#include "store/store.h"\n')
        self.write_cpp("src/ingest/test/source_test.cc", '#include "store/testkit/fake_store.h"\n')
        self.assert_clean()
        self.write_cpp("src/ingest/source.cc", '#include "store/testkit/fake_store.h"\n')
        self.assert_finds("src/ingest/source.cc", "testkit")

    def test_finds_folders_that_include_each_other(self):
        self.write_cpp("src/store/meta/meta.h", '#include "store/objects/objects.h"\n')
        self.write_cpp("src/store/objects/objects.h", '#include "store/meta/meta.h"\n')
        self.assert_finds("store/meta, store/objects")

    def test_lets_a_room_list_its_own_folders(self):
        self.write_cpp("src/ingest/mqtt/mqtt_source.h", '#include "ingest/source.h"\n')
        self.write_cpp("src/ingest/sources.cc", '#include "ingest/mqtt/mqtt_source.h"\n')
        self.assert_clean()
        self.write_cpp("src/ingest/sources.h", '#include "ingest/mqtt/mqtt_source.h"\n')
        self.assert_finds("ingest, ingest/mqtt")

    def test_finds_an_include_that_is_no_path_from_src(self):
        self.write_cpp("src/store/store.cc", '#include "store.h"\n')
        self.assert_finds("src/store/store.cc", "full path from src/")

    def test_finds_a_folder_that_is_no_room(self):
        self.write_cpp("src/extra/extra.h")
        self.assert_finds("src/extra/extra.h", "no room")

    def test_keeps_the_command_line_to_the_public_api(self):
        self.write_cpp("src/cli/sql.cc", '#include "base/result.h"\n')
        self.assert_clean()
        self.write_cpp("src/cli/sql.cc", '#include "store/store.h"\n')
        self.assert_finds("src/cli/sql.cc", "public API")

    def test_keeps_the_model_without_input_and_output(self):
        self.write_cpp("src/base/disk.h")
        self.write_cpp("src/model/names.h", '#include "base/disk.h"\n')
        self.assert_finds("src/model/names.h", "no I/O")

    def test_keeps_doors_from_reading_objects(self):
        self.write_cpp("src/store/objects/object_store.h")
        self.write_cpp("src/serve/s3/s3.cc", '#include "store/objects/object_store.h"\n')
        self.assert_clean()
        self.write_cpp("src/serve/http/http.cc", '#include "store/objects/object_store.h"\n')
        self.assert_finds("src/serve/http/http.cc", "through query/")


if __name__ == "__main__":
    unittest.main()
