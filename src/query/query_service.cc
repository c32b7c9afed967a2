// SPDX-License-Identifier: Apache-2.0
#include "query/query_service.h"

#include <algorithm>
#include <map>

#include "base/guarded.h"
#include "base/hexadecimal.h"
#include "govern/resource.h"
#include "query/inside/planner.h"
#include "query/inside/query_run.h"
#include "query/inside/table_scan.h"
#include "query/open_query.h"

namespace mobilake::query {
namespace {

using std::chrono::milliseconds;
using Runs = std::map<std::string, std::shared_ptr<QueryRun>>;

constexpr std::size_t kIdBytes = 16;

class GovernedQueryService final : public QueryService {
 public:
  GovernedQueryService(const QueryConfig& config, QueryParts parts, Doors doors, Metrics& metrics,
                       Logger logger)
      : config_(config),
        parts_(std::move(parts)),
        doors_(doors),
        logger_(std::move(logger)),
        seconds_(metrics.histogram("mobilake_query_statement_seconds",
                                   "Time from a statement's start to its end.")),
        running_(metrics.gauge("mobilake_query_statements_running", "Statements that run.")) {
    for (const QueryState state :
         {QueryState::kSucceeded, QueryState::kFailed, QueryState::kCancelled})
      ended_[state] = &metrics.counter("mobilake_query_statements_total", "Statements that ended.",
                                       {{"state", std::string(query_state_name(state))}});
  }

  ~GovernedQueryService() override { drain(); }

  Result<std::shared_ptr<RunningQuery>> start(const QueryRequest& request) override {
    sweep();
    if (state_.lock()->draining) return unavailable("the server is stopping; ask again later");
    const base::Instant began = doors_.clock.steady();
    const milliseconds time_max = std::min(request.time_max, config_.time_max);
    MOBILAKE_ASSIGN(auto session, parts_.engine.open_session(time_max));
    std::map<model::TableName, model::Permit> permits;
    const auto scan_of = [&](const model::TableName& name) { return scan(request, permits, name); };
    MOBILAKE_ASSIGN(GovernedPlan governed, plan_statement(request.sql, *session, scan_of));
    governed.plan.parameters = request.parameters;
    QueryFacts facts;
    facts.bytes_scanned = governed.bytes;
    facts.files = governed.plan.files.size();
    facts.scan_is_hidden = std::any_of(permits.begin(), permits.end(), [](const auto& permit) {
      return govern::row_scope(permit.second).has_value();
    });
    MOBILAKE_ASSIGN(auto stream, session->run(governed.plan));
    return keep({base::hexadecimal(doors_.random.bytes(kIdBytes)), request.principal,
                 std::move(session), std::move(stream), std::move(governed.leases), facts, began,
                 [this](const QueryStatus& status) { count(status); }});
  }

  Result<std::shared_ptr<RunningQuery>> find(const model::Principal& principal,
                                             const std::string& id) override {
    sweep();
    auto state = state_.lock();
    const auto found = state->runs.find(id);
    if (found == state->runs.end() || found->second->principal() != principal)
      return not_found("there is no query \"{}\"; results are kept for {} s", id,
                       config_.kept_for.count() / 1000);
    return std::shared_ptr<RunningQuery>(found->second);
  }

  void drain() override {
    Runs runs;
    {
      auto state = state_.lock();
      state->draining = true;
      runs = state->runs;
    }
    // Their threads are waited for at the end of this: who drains has no time for that.
    for (auto& [id, run] : runs)
      run->cancel();
  }

 private:
  struct State {
    Runs runs;
    bool draining = false;
  };

  // A statement that names a table twice is decided and audited once for it.
  Result<model::Permit> permit(const QueryRequest& request,
                               std::map<model::TableName, model::Permit>& permits,
                               const model::TableName& name) {
    if (const auto found = permits.find(name); found != permits.end()) return found->second;
    const std::string resource = govern::table_resource(name);
    auto decision = parts_.gatekeeper.decide(request.principal, model::Action::kSelect, resource);
    const std::uint64_t epoch = decision.ok() ? decision->policy_epoch() : 0;
    MOBILAKE_TRY(parts_.audit.record(govern::audit_record(
        request.principal, model::Action::kSelect, resource, decision, epoch, request.request_id)));
    if (decision.ok()) permits.emplace(name, *decision);
    return decision;
  }

  Result<TableScan> scan(const QueryRequest& request,
                         std::map<model::TableName, model::Permit>& permits,
                         const model::TableName& name) {
    MOBILAKE_ASSIGN(const model::Permit allowed, permit(request, permits, name));
    const auto account = govern::row_scope(allowed);
    if (name.account == "system" && name.name_space == "main") {
      for (SystemTable* table : parts_.system_tables)
        if (table->name() == name.table) return scan_of_values(*table, account);
    }
    auto plan = parts_.catalog.plan(allowed, name);
    if (plan.ok()) return scan_of_files(*std::move(plan), account, config_.files_max);
    if (plan.error().code == Code::kNotFound) return govern::missing(allowed.resource());
    return plan.error();
  }

  Result<std::shared_ptr<RunningQuery>> keep(QueryRun::Parts parts) {
    const std::string id = parts.id;
    running_.add(1);
    auto run = std::make_shared<QueryRun>(std::move(parts), config_, doors_.clock);
    auto state = state_.lock();
    if (state->draining) return unavailable("the server is stopping; ask again later");
    state->runs.emplace(id, run);
    return std::shared_ptr<RunningQuery>(run);
  }

  // Forgets results that nobody fetched in time and, beyond the bounds, the ended ones that rested
  // longest.
  void sweep() {
    std::vector<std::shared_ptr<QueryRun>> forgotten;  // ends outside the lock
    const base::Instant since = doors_.clock.steady() - config_.kept_for;
    auto state = state_.lock();
    std::multimap<base::Instant, std::string> resting;
    std::size_t buffered = 0;
    for (const auto& [id, run] : state->runs) {
      const QueryRun::Rest rest = run->rest();
      buffered += rest.buffered;
      if (rest.ended) resting.emplace(rest.used, id);
    }
    for (const auto& [used, id] : resting) {
      const bool many = state->runs.size() >= config_.kept_max;
      if (used >= since && !many && buffered <= config_.results_memory.value) break;
      const auto found = state->runs.find(id);
      buffered -= std::min(buffered, found->second->rest().buffered);
      forgotten.push_back(std::move(found->second));
      state->runs.erase(found);
    }
  }

  void count(const QueryStatus& status) {
    running_.add(-1);
    seconds_.observe(static_cast<double>(status.facts.elapsed.count()) / 1000);
    ended_.at(status.state)->add();
    logger_.info("query {} {}: {} rows, {} files, {} ms", status.id, query_state_name(status.state),
                 status.facts.rows, status.facts.files, status.facts.elapsed.count());
  }

  QueryConfig config_;
  QueryParts parts_;
  Doors doors_;
  Logger logger_;
  base::DurationHistogram& seconds_;
  base::Gauge& running_;
  std::map<QueryState, base::Counter*> ended_;
  Guarded<State> state_;
};

}  // namespace

std::unique_ptr<QueryService> open_query_service(const QueryConfig& config, QueryParts parts,
                                                 Doors doors, Metrics& metrics, Logger logger) {
  return std::make_unique<GovernedQueryService>(config, std::move(parts), doors, metrics,
                                                std::move(logger));
}

}  // namespace mobilake::query
