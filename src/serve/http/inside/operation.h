// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/principal.h"
#include "net/router.h"
#include "serve/http/inside/json.h"

namespace mobilake::serve {

/// A request that passed the door: signed in, its parameters and body as the route promises.
struct Call {
  const net::IncomingRequest& request;
  std::string request_id{};
  model::Principal principal{};                      ///< empty where no credential is needed
  std::map<std::string, std::string> path_values{};  ///< what stood for {name}
  Json parameters = Json::object();                  ///< of the query, typed
  Json body = Json::object();
  std::string accepted{};  ///< the media type of the answer that the caller takes

  const std::string& path_value(const std::string& name) const { return path_values.at(name); }
  std::string text(const char* name) const { return parameters.value(name, std::string()); }
  std::size_t number(const char* name, std::size_t otherwise) const {
    return parameters.value(name, otherwise);
  }
};

/// A route with what runs it. Thread safety: `handle` is called from any thread.
struct Operation {
  net::Route route;
  /// Its callers name files of the server, so its errors may as well.
  bool names_files = false;
  /// Returns the answer; an error becomes a problem document.
  std::function<Result<net::Answer>(const Call&)> handle;
};

inline Operation operation(std::string_view method, std::string_view path, std::string_view id,
                           std::string_view summary) {
  Operation made;
  made.route.method = method;
  made.route.path = path;
  made.route.operation_id = id;
  made.route.summary = summary;
  return made;
}

}  // namespace mobilake::serve
