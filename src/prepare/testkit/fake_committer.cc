// SPDX-License-Identifier: Apache-2.0
#include "prepare/testkit/fake_committer.h"

#include <algorithm>
#include <utility>

namespace mobilake::prepare {
namespace {

constexpr std::string_view kSpace = "fake-positions";

std::string key_of(std::string_view consumer, log::PartitionId partition) {
  return fmt::format("{}/{:05}", consumer, partition);
}

}  // namespace

Result<catalog::TableState> FakeCommitter::ensure_table(const catalog::NewTable& table) {
  auto state = state_.lock();
  Table& made = state->tables[table.name];
  if (made.state.uuid.empty()) {
    made.state.name = table.name;
    made.state.uuid = "fake";
    made.state.metadata_key = "tables/" + table.name.to_string() + "/metadata/0.json";
    made.state.schema = table.schema;
    made.state.partition_spec = table.partition_spec;
    made.state.sort_order = table.sort_order;
    made.state.properties = table.properties;
  }
  return made.state;
}

Result<catalog::TableState> FakeCommitter::load(const model::TableName& name) {
  auto state = state_.lock();
  const auto found = state->tables.find(name);
  if (found == state->tables.end()) return not_found("no table {}", name.to_string());
  return found->second.state;
}

Result<catalog::TablePlan> FakeCommitter::plan(const model::TableName& name) {
  auto state = state_.lock();
  const auto found = state->tables.find(name);
  if (found == state->tables.end()) return not_found("no table {}", name.to_string());
  catalog::TablePlan plan;
  plan.table = found->second.state;
  for (const catalog::DataFile& file : found->second.files)
    plan.files.push_back({"fake:" + file.key, file});
  return plan;
}

Result<catalog::CommitReceipt> FakeCommitter::commit(const catalog::Commit& commit) {
  auto state = state_.lock();
  if (state->commits_to_fail > 0) {
    --state->commits_to_fail;
    return state->error;
  }
  State after = *state;
  MOBILAKE_TRY(change(after, commit));
  const auto work = [&](store::MetaTransaction& transaction) -> Result<> {
    if (commit.advance) MOBILAKE_TRY(move_positions(transaction, *commit.advance));
    if (commit.also) MOBILAKE_TRY(commit.also(transaction));
    MOBILAKE_TRY(transaction.put("fake-commits", std::to_string(after.sequence), ""));
    return {};
  };
  const Result<> done = meta_.transact(work);
  // Where the answer was lost, the store knows whether it took place.
  std::optional<std::string> took_place;
  MOBILAKE_TRY(meta_.read([&](store::MetaTransaction& transaction) -> Result<> {
    MOBILAKE_ASSIGN(took_place, transaction.get("fake-commits", std::to_string(after.sequence)));
    return {};
  }));
  if (took_place) *state = after;
  if (!done.ok()) return done.error();
  return catalog::CommitReceipt{};
}

Result<> FakeCommitter::change(State& state, const catalog::Commit& commit) {
  ++state.sequence;
  for (const catalog::TableChange& change : commit.changes) {
    const auto table = state.tables.find(change.table);
    if (table == state.tables.end()) return not_found("no table {}", change.table.to_string());
    auto& files = table->second.files;
    for (const std::string& key : change.removed_keys)
      if (std::erase_if(files, [&](const auto& file) { return file.key == key; }) != 1)
        return conflict("a removed file is no longer live");
    for (catalog::DataFile file : change.added) {
      file.sequence_number = state.sequence;
      files.push_back(std::move(file));
    }
  }
  return {};
}

Result<> FakeCommitter::move_positions(store::MetaTransaction& transaction,
                                       const catalog::ConsumerAdvance& advance) {
  for (const auto& [partition, next] : advance.next) {
    const std::string key = key_of(advance.consumer, partition);
    MOBILAKE_ASSIGN(const auto stands, transaction.get(kSpace, key));
    const auto expected = advance.expected.find(partition);
    const std::uint64_t wanted = expected == advance.expected.end() ? 0 : expected->second.value();
    if (stands.value_or("0") != std::to_string(wanted))
      return conflict("partition {} stands at {}, not at {}", partition, stands.value_or("0"),
                      wanted);
    MOBILAKE_TRY(transaction.put(kSpace, key, std::to_string(next.value())));
  }
  return {};
}

Result<log::Positions> FakeCommitter::positions(std::string_view consumer, log::Family) {
  log::Positions positions;
  MOBILAKE_TRY(meta_.read([&](store::MetaTransaction& transaction) -> Result<> {
    positions.clear();
    const std::string prefix = std::string(consumer) + "/";
    MOBILAKE_ASSIGN(const auto rows, transaction.scan(kSpace, prefix, "", 100'000));
    for (const auto& [key, value] : rows)
      positions[log::PartitionId(static_cast<std::uint16_t>(
          std::stoul(key.substr(prefix.size()))))] = log::Offset(std::stoull(value));
    return {};
  }));
  return positions;
}

void FakeCommitter::fail_commits(int count, Error error) {
  auto state = state_.lock();
  state->commits_to_fail = count;
  state->error = std::move(error);
}

void FakeCommitter::drop_table(const model::TableName& name) {
  state_.lock()->tables.erase(name);
}

}  // namespace mobilake::prepare
