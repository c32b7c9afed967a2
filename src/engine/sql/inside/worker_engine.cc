// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <nlohmann/json.hpp>
#include <system_error>
#include <thread>

#include "base/error_codes.h"
#include "base/guarded.h"
#include "engine/sql/inside/worker_channel.h"
#include "engine/sql/open_sql_engine.h"

namespace mobilake::engine {
namespace {

using Json = nlohmann::json;

/// A child process and the server's end of its channel. Killed and reaped by its destructor.
class WorkerProcess {
 public:
  static Result<std::unique_ptr<WorkerProcess>> start(const std::vector<std::string>& command) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
      return unavailable("starting a worker: {}", std::generic_category().message(errno));
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    // dup2 clears close-on-exec, unless both are the same number; then only the flag must go.
    posix_spawn_file_actions_adddup2(&actions, ends[1], kWorkerChannel);
    std::vector<char*> words;
    for (const std::string& word : command)
      words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    // Nothing of the server's environment: it may hold secrets.
    char time_zone[] = "TZ=UTC";
    char home[] = "HOME=/nonexistent";
    char* environment[] = {time_zone, home, nullptr};
    pid_t pid = -1;
    const int failed =
        ::posix_spawn(&pid, command.front().c_str(), &actions, nullptr, words.data(), environment);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    if (failed != 0) {
      ::close(ends[0]);
      return unavailable("starting a worker: {}", std::generic_category().message(failed));
    }
    return std::make_unique<WorkerProcess>(pid, ends[0]);
  }

  WorkerProcess(pid_t pid, int descriptor)
      : pid_(pid), descriptor_(descriptor), channel_(descriptor) {}
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;
  ~WorkerProcess() {
    kill();
    ::waitpid(pid_, nullptr, 0);
    ::close(descriptor_);
  }

  void kill() { ::kill(pid_, SIGKILL); }
  WorkerChannel& channel() { return channel_; }

 private:
  pid_t pid_;
  int descriptor_;
  WorkerChannel channel_;
};

/// Keeps workers ready and counts those at work.
class WorkerPool {
 public:
  WorkerPool(SqlEngineConfig config, Logger logger)
      : config_(std::move(config)),
        logger_(std::move(logger)),
        starter_([this] { keep_ready(); }) {}

  ~WorkerPool() {
    state_.lock()->closing = true;
    changed_.notify_all();
    starter_.join();
  }

  Result<std::unique_ptr<WorkerProcess>> take(std::chrono::milliseconds wait_max) {
    {
      auto state = state_.lock();
      const auto has_place = [this](const State& s) { return s.busy < config_.workers_max; };
      if (!state.wait_for(changed_, std::min(wait_max, config_.wait_max), has_place))
        return exhausted(
            "{} statements run already and none ended in {} ms (engine.workers_max, "
            "engine.wait_max); ask again later",
            state->busy, config_.wait_max.count());
      ++state->busy;
      if (!state->ready.empty()) {
        auto worker = std::move(state->ready.front());
        state->ready.pop_front();
        changed_.notify_all();
        return worker;
      }
    }
    auto worker = WorkerProcess::start(config_.command);
    if (!worker.ok()) free_place();
    return worker;
  }

  void give_back(std::unique_ptr<WorkerProcess> worker) {
    worker.reset();  // a worker serves one statement: nothing of it can reach the next
    free_place();
  }

  const SqlEngineConfig& config() const { return config_; }

 private:
  struct State {
    std::deque<std::unique_ptr<WorkerProcess>> ready;
    std::uint64_t busy = 0;
    bool closing = false;
  };

  void free_place() {
    --state_.lock()->busy;
    changed_.notify_all();
  }

  void keep_ready() {
    for (;;) {
      {
        auto state = state_.lock();
        state.wait(changed_, [this](const State& s) {
          return s.closing || s.ready.size() < config_.workers_waiting;
        });
        if (state->closing) return;
      }
      auto worker = WorkerProcess::start(config_.command);
      auto state = state_.lock();
      if (!worker.ok()) {
        logger_.error("{}", worker.error().message);
        // Until somebody takes a worker and hears the error, there is no use in trying again.
        state.wait(changed_, [](const State& s) { return s.closing; });
        return;
      }
      state->ready.push_back(*std::move(worker));
    }
  }

  SqlEngineConfig config_;
  Logger logger_;
  Guarded<State> state_;
  std::condition_variable changed_;
  std::thread starter_;
};

/// A worker at one session's service. Shared between session and stream, so that either may outlive
/// the other.
class SessionState {
 public:
  SessionState(WorkerPool& pool, std::unique_ptr<WorkerProcess> worker, base::Instant deadline)
      : pool_(pool), worker_(std::move(worker)), deadline_(deadline) {}
  ~SessionState() { pool_.give_back(std::move(worker_)); }

  Result<> send(FrameKind kind, std::string_view payload) {
    auto sent = worker_->channel().send(kind, payload);
    if (!sent.ok()) return loss();
    return sent;
  }

  Result<Frame> receive() {
    auto frame = worker_->channel().receive(deadline_);
    if (!frame.ok() && frame.error().code == Code::kTimedOut) {
      worker_->kill();
      return timed_out("the statement took longer than allowed and was stopped");
    }
    if (!frame.ok()) return loss();
    if (frame->kind == FrameKind::kError) return error_of(frame->payload);
    return frame;
  }

  void cancel() {
    cancelled_.store(true);
    worker_->kill();
  }

  const SqlEngineConfig& config() const { return pool_.config(); }

 private:
  Error loss() const {
    if (cancelled_.load()) return cancelled("the statement was cancelled");
    return exhausted(
        "the worker ended before its answer was whole, most likely for lack of memory");
  }

  static Error error_of(const std::string& payload) {
    const Json json = Json::parse(payload, nullptr, false);
    if (!json.is_object()) return internal("a worker's error could not be read");
    const auto code = base::code_of_name(json.value("code", ""));
    return Error{code.value_or(Code::kInternal), json.value("message", "")};
  }

  WorkerPool& pool_;
  std::unique_ptr<WorkerProcess> worker_;
  base::Instant deadline_;
  std::atomic<bool> cancelled_{false};
};

class WorkerStream final : public ArrowStream {
 public:
  explicit WorkerStream(std::shared_ptr<SessionState> state) : state_(std::move(state)) {}

  Result<std::string> next() override {
    if (ended_) return std::string();
    MOBILAKE_ASSIGN(Frame frame, state_->receive());
    if (frame.kind == FrameKind::kArrow) return std::move(frame.payload);
    ended_ = true;
    if (frame.kind != FrameKind::kDone) return internal("a worker answered out of turn");
    const Json facts = Json::parse(frame.payload, nullptr, false);
    if (!facts.is_object()) return internal("a worker answered out of turn");
    row_count_ = facts.value("rows", std::uint64_t{0});
    return std::string();
  }

  std::uint64_t row_count() const override { return row_count_; }

 private:
  std::shared_ptr<SessionState> state_;
  std::uint64_t row_count_ = 0;
  bool ended_ = false;
};

class WorkerSession final : public SqlSession {
 public:
  explicit WorkerSession(std::shared_ptr<SessionState> state) : state_(std::move(state)) {}

  Result<std::vector<std::string>> parse(std::span<const std::string> statements) override {
    const Json json = std::vector<std::string>(statements.begin(), statements.end());
    MOBILAKE_TRY(
        state_->send(FrameKind::kParse, json.dump(-1, ' ', false, Json::error_handler_t::replace)));
    MOBILAKE_ASSIGN(const Frame frame, state_->receive());
    const Json trees = Json::parse(frame.payload, nullptr, false);
    if (frame.kind != FrameKind::kTrees || !trees.is_array() || trees.size() != statements.size())
      return internal("a worker answered out of turn");
    return trees.get<std::vector<std::string>>();
  }

  Result<std::unique_ptr<ArrowStream>> run(const QueryPlan& plan) override {
    Json parameters = Json::object();
    for (const SqlParameter& parameter : plan.parameters)
      parameters[parameter.name] = Json::parse(parameter.json, nullptr, false);
    const Json json = {{"statement", plan.statement},
                       {"files", plan.files},
                       {"parameters", std::move(parameters)},
                       {"threads", state_->config().threads},
                       {"memory_bytes", state_->config().memory.value}};
    MOBILAKE_TRY(
        state_->send(FrameKind::kRun, json.dump(-1, ' ', false, Json::error_handler_t::replace)));
    return std::unique_ptr<ArrowStream>(std::make_unique<WorkerStream>(state_));
  }

  void cancel() override { state_->cancel(); }

 private:
  std::shared_ptr<SessionState> state_;
};

class WorkerEngine final : public SqlEngine {
 public:
  WorkerEngine(const SqlEngineConfig& config, Logger logger) : pool_(config, std::move(logger)) {}

  Result<std::unique_ptr<SqlSession>> open_session(std::chrono::milliseconds deadline) override {
    MOBILAKE_ASSIGN(auto worker, pool_.take(deadline));
    const base::Instant end = base::system_clock().steady() + deadline;
    return std::unique_ptr<SqlSession>(std::make_unique<WorkerSession>(
        std::make_shared<SessionState>(pool_, std::move(worker), end)));
  }

 private:
  WorkerPool pool_;
};

}  // namespace

Result<std::unique_ptr<SqlEngine>> open_sql_engine(const SqlEngineConfig& config, Logger logger) {
  return std::unique_ptr<SqlEngine>(std::make_unique<WorkerEngine>(config, std::move(logger)));
}

}  // namespace mobilake::engine
