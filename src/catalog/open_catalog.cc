// SPDX-License-Identifier: Apache-2.0
#include "catalog/open_catalog.h"

#include <charconv>
#include <utility>

#include "catalog/inside/catalog_spaces.h"
#include "catalog/inside/commit_run.h"
#include "catalog/inside/garbage_bin.h"
#include "catalog/inside/manifest_cache.h"
#include "catalog/inside/table_store.h"

namespace mobilake::catalog {
namespace {

constexpr std::size_t kPartitionsMax = 65'536;

Result<> check_permit(const model::Permit& permit, model::Action action,
                      const model::TableName& name) {
  if (permit.covers(action, table_resource(name))) return {};
  return denied("the permit is to {} {}, not to {} {}", model::action_name(permit.action()),
                permit.resource(), model::action_name(action), table_resource(name));
}

/// Both faces over the same tables. Thread safety: any thread.
class IcebergCatalog final : public OpenCatalog, public Catalog, public TableCommitter {
 public:
  IcebergCatalog(const CatalogConfig& config, Doors doors, store::MetaStore& meta,
                 store::ObjectStore& objects)
      : config_(config),
        meta_(meta),
        objects_(objects),
        cache_(objects, config.cached_entries_max),
        tables_(doors, meta, objects, cache_),
        garbage_(meta, objects, cache_),
        parts_{config_, doors, meta, objects, cache_, tables_, garbage_} {}

  Result<> open() { return garbage_.open(); }

  Catalog& catalog() override { return *this; }
  TableCommitter& committer() override { return *this; }

  Result<TableState> create_table(const model::Permit& permit, const NewTable& table) override;
  Result<> drop_table(const model::Permit& permit, const model::TableName& name) override;
  Result<TableState> describe(const model::Permit& permit, const model::TableName& name) override;
  Result<TablePlan> plan(const model::Permit& permit, const model::TableName& name) override;
  Result<std::vector<model::TableName>> list() override { return tables_.list(); }

  Result<TableState> ensure_table(const NewTable& table) override;
  Result<TableState> load(const model::TableName& name) override;
  Result<TablePlan> plan(const model::TableName& name) override;
  Result<CommitReceipt> commit(const Commit& commit) override {
    return CommitRun(parts_, commit).run();
  }
  Result<log::Positions> positions(std::string_view consumer, log::Family family) override;

 private:
  const CatalogConfig config_;
  store::MetaStore& meta_;
  store::ObjectStore& objects_;
  ManifestCache cache_;
  TableStore tables_;
  GarbageBin garbage_;
  const CommitParts parts_;
};

Result<TableState> IcebergCatalog::create_table(const model::Permit& permit,
                                                const NewTable& table) {
  MOBILAKE_TRY(check_permit(permit, model::Action::kManage, table.name));
  MOBILAKE_ASSIGN(const TableStore::State state, tables_.create(table));
  return state_of(*state, objects_);
}

Result<> IcebergCatalog::drop_table(const model::Permit& permit, const model::TableName& name) {
  MOBILAKE_TRY(check_permit(permit, model::Action::kManage, name));
  std::vector<GarbageItem> garbage;
  const std::string text = name.to_string();
  const auto drop = [&](store::MetaTransaction& transaction) -> Result<> {
    MOBILAKE_ASSIGN(const auto key, transaction.get(kTableSpace, text));
    if (!key) return no_table(name);
    garbage = {{*key, text, true}};
    MOBILAKE_TRY(transaction.remove(kTableSpace, text));
    return GarbageBin::write_rows(transaction, garbage, {});
  };
  MOBILAKE_TRY(meta_.transact(drop));
  tables_.forget(name);
  garbage_.wrote(std::move(garbage), {});
  garbage_.collect();
  return {};
}

Result<TableState> IcebergCatalog::describe(const model::Permit& permit,
                                            const model::TableName& name) {
  if (!permit.covers(model::Action::kSelect, table_resource(name)))
    MOBILAKE_TRY(check_permit(permit, model::Action::kDescribe, name));
  return load(name);
}

Result<TablePlan> IcebergCatalog::plan(const model::Permit& permit, const model::TableName& name) {
  MOBILAKE_TRY(check_permit(permit, model::Action::kSelect, name));
  return plan(name);
}

Result<TableState> IcebergCatalog::ensure_table(const NewTable& table) {
  auto found = load(table.name);
  if (found.ok() || found.error().code != Code::kNotFound) return found;
  const auto made = tables_.create(table);
  if (made.ok()) return state_of(**made, objects_);
  // Somebody else may have made it in between.
  if (made.error().code == Code::kAlreadyExists) return load(table.name);
  return made.error();
}

Result<TableState> IcebergCatalog::load(const model::TableName& name) {
  MOBILAKE_ASSIGN(const TableStore::State state, tables_.load(name));
  return state_of(*state, objects_);
}

Result<TablePlan> IcebergCatalog::plan(const model::TableName& name) {
  TablePlan plan;
  // Before the pointer is read, or its files could go in between.
  plan.lease = garbage_.lease(name.to_string());
  MOBILAKE_ASSIGN(const TableStore::State state, tables_.load(name));
  plan.table = state_of(*state, objects_);
  MOBILAKE_ASSIGN(plan.files, tables_.live_files(*state));
  return plan;
}

Result<log::Positions> IcebergCatalog::positions(std::string_view consumer, log::Family family) {
  const std::string prefix = position_prefix(consumer, family);
  std::vector<std::pair<std::string, std::string>> rows;
  MOBILAKE_TRY(meta_.read([&](store::MetaTransaction& transaction) -> Result<> {
    MOBILAKE_ASSIGN(rows, transaction.scan(kPositionSpace, prefix, "", kPartitionsMax));
    return {};
  }));
  log::Positions positions;
  for (const auto& [key, text] : rows) {
    std::uint16_t partition = 0;
    std::uint64_t offset = 0;
    const auto key_read =
        std::from_chars(key.data() + prefix.size(), key.data() + key.size(), partition);
    const auto text_read = std::from_chars(text.data(), text.data() + text.size(), offset);
    if (key_read.ec != std::errc() || text_read.ec != std::errc())
      return corrupt("the position {} is no number", key);
    positions[log::PartitionId(partition)] = log::Offset(offset);
  }
  return positions;
}

}  // namespace

Result<std::unique_ptr<OpenCatalog>> open_catalog(const CatalogConfig& config, Doors doors,
                                                  store::MetaStore& meta,
                                                  store::ObjectStore& objects) {
  auto catalog = std::make_unique<IcebergCatalog>(config, doors, meta, objects);
  MOBILAKE_TRY(catalog->open().within("opening the catalog"));
  return std::unique_ptr<OpenCatalog>(std::move(catalog));
}

}  // namespace mobilake::catalog
