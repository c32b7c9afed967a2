// SPDX-License-Identifier: Apache-2.0
#include "catalog/catalog.h"

#include <gtest/gtest.h>

#include <string>

#include "catalog/test/permit_maker.h"
#include "catalog/test/small_lake.h"

namespace mobilake::catalog {
namespace {

using model::Action;

class CatalogTest : public testing::Test {
 protected:
  model::Permit permit(Action action, const model::TableName& name) {
    return govern::Gatekeeper::permit(action, table_resource(name));
  }

  Result<TableState> create(const NewTable& table) {
    return lake_.catalog().create_table(permit(Action::kManage, table.name), table);
  }

  SmallLake lake_;
  const NewTable table_ = small_table();
};

TEST_F(CatalogTest, DescribesATableAsItWasMade) {
  ASSERT_TRUE(create(table_).ok());
  lake_.open();
  const auto found = lake_.catalog().describe(permit(Action::kDescribe, table_.name), table_.name);
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_EQ(found->schema, table_.schema);
  EXPECT_EQ(found->partition_spec, table_.partition_spec);
  EXPECT_EQ(found->sort_order, table_.sort_order);
  EXPECT_EQ(found->properties.at("mobilake.column.3.unit"), "km/h");
  EXPECT_EQ(found->properties.at("mobilake.column.3.vss-path"), "Vehicle.Speed");
  EXPECT_FALSE(found->snapshot.has_value());
  EXPECT_EQ(found->row_count, 0);
}

TEST_F(CatalogTest, RefusesAPermitForAnotherActionOrTable) {
  ASSERT_TRUE(create(table_).ok());
  Catalog& catalog = lake_.catalog();
  const model::TableName other{"vehicle", "telemetry", "trips"};
  EXPECT_EQ(catalog.plan(permit(Action::kDescribe, table_.name), table_.name).error().code,
            Code::kDenied);
  EXPECT_EQ(catalog.plan(permit(Action::kSelect, other), table_.name).error().code, Code::kDenied);
  EXPECT_EQ(catalog.describe(permit(Action::kAppend, table_.name), table_.name).error().code,
            Code::kDenied);
  EXPECT_EQ(catalog.drop_table(permit(Action::kSelect, table_.name), table_.name).error().code,
            Code::kDenied);
  EXPECT_EQ(catalog.create_table(permit(Action::kManage, other), table_).error().code,
            Code::kDenied);
  EXPECT_TRUE(catalog.plan(permit(Action::kSelect, table_.name), table_.name).ok());
  EXPECT_TRUE(catalog.describe(permit(Action::kSelect, table_.name), table_.name).ok());
}

TEST_F(CatalogTest, WordsAMissingTableAsTheGatekeeperDoes) {
  const auto missing =
      lake_.catalog().describe(permit(Action::kDescribe, table_.name), table_.name);
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().code, Code::kNotFound);
  EXPECT_EQ(missing.error().message, "there is no table \"vehicle.telemetry.signals\"");
}

TEST_F(CatalogTest, RefusesASecondTableOfTheName) {
  ASSERT_TRUE(create(table_).ok());
  const std::size_t objects = lake_.objects().keys().size();
  EXPECT_EQ(create(table_).error().code, Code::kAlreadyExists);
  EXPECT_EQ(lake_.objects().keys().size(), objects);
}

TEST_F(CatalogTest, RefusesSchemasThatDoNotHold) {
  NewTable table = table_;
  table.schema.columns[1].field.id = 1;
  EXPECT_EQ(create(table).error().code, Code::kInvalid) << "an id twice";
  table = table_;
  table.schema.columns[1].field.name = "vehicle_id";
  EXPECT_EQ(create(table).error().code, Code::kInvalid) << "a name twice";
  table = table_;
  table.schema.columns[0].field.key_id = 9;
  EXPECT_EQ(create(table).error().code, Code::kInvalid) << "a text with an element";
  table = table_;
  table.partition_spec.day_source_id = 1;
  EXPECT_EQ(create(table).error().code, Code::kInvalid) << "days of a text";
  table = table_;
  table.sort_order.source_ids = {7};
  EXPECT_EQ(create(table).error().code, Code::kInvalid) << "sorted by no column";
  table = table_;
  table.schema.columns.clear();
  EXPECT_EQ(create(table).error().code, Code::kInvalid) << "no column";
  table = table_;
  table.name.account = "No Such Name";
  EXPECT_EQ(create(table).error().code, Code::kInvalid) << "a bad name";
  EXPECT_TRUE(create(table_).ok());
}

TEST_F(CatalogTest, ListsAllNamesInOrder) {
  for (const char* name : {"zeta", "alpha", "signals"})
    ASSERT_TRUE(create(small_table(name)).ok());
  const auto names = lake_.catalog().list();
  ASSERT_TRUE(names.ok());
  ASSERT_EQ(names->size(), 3u);
  EXPECT_EQ(names->front().table, "alpha");
  EXPECT_EQ(names->back().table, "zeta");
}

TEST_F(CatalogTest, DropsATableWithAllItsFiles) {
  TableState table = *create(table_);
  for (int i = 0; i < 25; ++i)
    table = lake_.append(table);
  ASSERT_TRUE(lake_.catalog().drop_table(permit(Action::kManage, table_.name), table_.name).ok());
  EXPECT_TRUE(lake_.objects().keys().empty());
  EXPECT_EQ(lake_.committer().load(table_.name).error().code, Code::kNotFound);
  EXPECT_TRUE(lake_.catalog().list()->empty());
  const auto again = create(table_);
  ASSERT_TRUE(again.ok());
  EXPECT_NE(again->uuid, table.uuid);
}

TEST_F(CatalogTest, KeepsADroppedTablesFilesWhileAQueryReadsThem) {
  TableState table = *create(table_);
  table = lake_.append(table);
  auto plan = lake_.catalog().plan(permit(Action::kSelect, table_.name), table_.name);
  ASSERT_TRUE(plan.ok());
  ASSERT_TRUE(lake_.catalog().drop_table(permit(Action::kManage, table_.name), table_.name).ok());
  EXPECT_TRUE(lake_.has(plan->files.front().file.key));
  plan->lease.reset();
  EXPECT_TRUE(lake_.objects().keys().empty());
}

TEST_F(CatalogTest, DeletesADroppedTableAfterARestart) {
  TableState table = *create(table_);
  table = lake_.append(table);
  auto plan = lake_.catalog().plan(permit(Action::kSelect, table_.name), table_.name);
  ASSERT_TRUE(lake_.catalog().drop_table(permit(Action::kManage, table_.name), table_.name).ok());
  EXPECT_FALSE(lake_.objects().keys().empty());
  // The crash: nothing of the lease is told, and a new run finds the row.
  const auto spaces = lake_.meta().snapshot();
  plan->lease.reset();
  EXPECT_EQ(spaces.at("garbage").size(), 1u);
  lake_.open();
  EXPECT_TRUE(lake_.objects().keys().empty());
  EXPECT_EQ(lake_.garbage_rows(), 0u);
}

}  // namespace
}  // namespace mobilake::catalog
