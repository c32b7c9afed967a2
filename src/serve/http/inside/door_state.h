// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <string>
#include <utility>

#include "serve/http/http_door.h"
#include "serve/http/inside/decisions.h"
#include "serve/http/inside/idempotent_answers.h"
#include "serve/http/inside/query_book.h"
#include "serve/http/inside/slots.h"

namespace mobilake::serve {

/// What the operations of a door share. Thread safety: as its parts; `openapi` is written before
/// the first request.
struct DoorState {
  DoorState(const HttpDoorConfig& door_config, HttpDoorParts door_parts, Doors outside,
            Metrics& all_metrics, Logger door_logger)
      : config(door_config),
        parts(std::move(door_parts)),
        doors(outside),
        metrics(all_metrics),
        logger(std::move(door_logger)),
        decisions(parts.identity, parts.gatekeeper, parts.audit),
        answers(config, doors.clock),
        starts(config.starts_max),
        waiters(config.waiters_max),
        streams(config.streams_max) {}

  HttpDoorConfig config;
  HttpDoorParts parts;
  Doors doors;
  Metrics& metrics;
  Logger logger;
  Decisions decisions;
  IdempotentAnswers answers;
  QueryBook queries{};
  Slots starts;
  Slots waiters;
  Slots streams;
  Slots verifications{1};
  Slots backups{1};
  std::string openapi{};
};

}  // namespace mobilake::serve
