// SPDX-License-Identifier: Apache-2.0
#include <curl/curl.h>

#include <algorithm>
#include <cctype>

#include "base/check.h"
#include "net/http_client.h"

namespace mobilake::net {
namespace {

struct Exchange {
  CURL* handle = nullptr;
  HttpResponse response;
  const HttpClient::BodySink* sink = nullptr;
};

std::size_t on_body(char* bytes, std::size_t, std::size_t count, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  long status = 0;
  curl_easy_getinfo(exchange.handle, CURLINFO_RESPONSE_CODE, &status);
  if (exchange.sink != nullptr && *exchange.sink && status < 300)
    return (*exchange.sink)(std::string_view(bytes, count)) ? count : 0;
  exchange.response.body.append(bytes, count);
  return count;
}

std::size_t on_header(char* bytes, std::size_t, std::size_t count, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  const std::string_view line(bytes, count);
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return count;
  std::string name(line.substr(0, colon));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  std::string_view value = line.substr(colon + 1);
  while (!value.empty() && std::isspace(static_cast<unsigned char>(value.front())))
    value.remove_prefix(1);
  while (!value.empty() && std::isspace(static_cast<unsigned char>(value.back())))
    value.remove_suffix(1);
  exchange.response.headers[std::move(name)] = value;
  return count;
}

Error error_of(CURLcode code, const std::string& url) {
  const char* why = curl_easy_strerror(code);
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return timed_out("{}: {}", url, why);
    case CURLE_WRITE_ERROR:
      return cancelled("{}: the reader ended the exchange", url);
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return invalid("not an http or https address: \"{}\"", url);
    default:
      return unavailable("{}: {}", url, why);
  }
}

class CurlClient final : public HttpClient {
 public:
  CurlClient() : handle_(curl_easy_init()) { MOBILAKE_CHECK(handle_ != nullptr); }
  ~CurlClient() override { curl_easy_cleanup(handle_); }

  Result<HttpResponse> send(const HttpRequest& request, const BodySink& sink) override {
    Exchange exchange{handle_, {}, &sink};
    curl_easy_reset(handle_);
    curl_easy_setopt(handle_, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(handle_, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle_, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle_, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(handle_, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
    curl_easy_setopt(handle_, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    if (request.method == "HEAD") curl_easy_setopt(handle_, CURLOPT_NOBODY, 1L);
    if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
      curl_easy_setopt(handle_, CURLOPT_POSTFIELDS, request.body.data());
      curl_easy_setopt(handle_, CURLOPT_POSTFIELDSIZE_LARGE,
                       static_cast<curl_off_t>(request.body.size()));
    }
    curl_slist* fields = curl_slist_append(nullptr, "Expect:");
    for (const auto& [name, value] : request.headers)
      fields = curl_slist_append(fields, (name + ": " + value).c_str());
    curl_easy_setopt(handle_, CURLOPT_HTTPHEADER, fields);
    curl_easy_setopt(handle_, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(handle_, CURLOPT_WRITEDATA, &exchange);
    curl_easy_setopt(handle_, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(handle_, CURLOPT_HEADERDATA, &exchange);
    const CURLcode code = curl_easy_perform(handle_);
    curl_slist_free_all(fields);
    if (code != CURLE_OK) return error_of(code, request.url);
    long status = 0;
    curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
    exchange.response.status = static_cast<int>(status);
    return std::move(exchange.response);
  }

 private:
  CURL* handle_;
};

}  // namespace

std::unique_ptr<HttpClient> open_http_client() {
  // Once per process; later calls only count.
  MOBILAKE_CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
  return std::make_unique<CurlClient>();
}

}  // namespace mobilake::net
