// SPDX-License-Identifier: Apache-2.0
#include "net/inside/http_parser.h"

#include <algorithm>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cctype>

namespace mobilake::net {

namespace http = boost::beast::http;

struct HttpParser::Inner {
  http::request_parser<http::string_body> parser;
};

namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Result<> split_target(std::string_view target, IncomingRequest& request) {
  const std::size_t mark = target.find('?');
  MOBILAKE_ASSIGN(request.path, percent_decode(target.substr(0, mark), false));
  if (request.path.empty() || request.path.front() != '/') return invalid("the target is no path");
  std::string_view left = mark == std::string_view::npos ? "" : target.substr(mark + 1);
  while (!left.empty()) {
    const std::string_view pair = left.substr(0, left.find('&'));
    left.remove_prefix(std::min(left.size(), pair.size() + 1));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    MOBILAKE_ASSIGN(std::string name, percent_decode(pair.substr(0, equals), true));
    MOBILAKE_ASSIGN(std::string value,
                    percent_decode(pair.substr(std::min(pair.size(), equals + 1)), true));
    request.query.insert_or_assign(std::move(name), std::move(value));
  }
  return {};
}

int status_of(const boost::system::error_code& failure) {
  if (failure == http::error::header_limit) return 431;
  if (failure == http::error::body_limit) return 413;
  if (failure == http::error::bad_version) return 505;
  return 400;
}

}  // namespace

Result<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      out.push_back(' ');
    } else if (text[i] == '%') {
      const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
      if (high < 0 || low < 0) return invalid("a '%' without two hexadecimal digits");
      out.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

HttpParser::HttpParser(std::uint32_t header_bytes_max, std::uint64_t body_bytes_max)
    : header_bytes_max_(header_bytes_max), body_bytes_max_(body_bytes_max) {}
HttpParser::~HttpParser() = default;

HttpParser::Outcome HttpParser::parse(std::string& buffer) {
  if (!inner_) {
    if (buffer.empty()) return Outcome::kNeedsMore;
    inner_ = std::make_unique<Inner>();
    inner_->parser.header_limit(header_bytes_max_);
    inner_->parser.body_limit(body_bytes_max_);
    inner_->parser.eager(true);
    midway_ = true;
  }
  std::size_t used = 0;
  while (used < buffer.size() && !inner_->parser.is_done()) {
    boost::system::error_code failure;
    used += inner_->parser.put(
        boost::asio::const_buffer(buffer.data() + used, buffer.size() - used), failure);
    if (failure == http::error::need_more) break;
    if (failure) {
      refusal_status_ = status_of(failure);
      return Outcome::kRefused;
    }
  }
  buffer.erase(0, used);
  return inner_->parser.is_done() ? finish() : Outcome::kNeedsMore;
}

std::size_t HttpParser::body_bytes() const {
  return inner_ ? inner_->parser.get().body().size() : request_.body.size();
}

void HttpParser::forget() {
  inner_.reset();
  midway_ = false;
}

bool HttpParser::takes_continue() {
  if (!inner_ || continue_sent_ || !inner_->parser.is_header_done()) return false;
  const auto& message = inner_->parser.get();
  if (!boost::beast::iequals(message[http::field::expect], "100-continue")) return false;
  continue_sent_ = true;
  return true;
}

HttpParser::Outcome HttpParser::finish() {
  auto message = inner_->parser.release();
  request_ = IncomingRequest{};
  request_.method = std::string(message.method_string());
  keeps_alive_ = message.keep_alive();
  is_http_1_0_ = message.version() < 11;
  const auto target = message.target();
  const auto split = split_target({target.data(), target.size()}, request_);
  for (const auto& field : message) {
    std::string name(field.name_string());
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    request_.headers.insert_or_assign(std::move(name), std::string(field.value()));
  }
  request_.body = std::move(message.body());
  inner_.reset();
  midway_ = false;
  continue_sent_ = false;
  refusal_status_ = 400;
  return split.ok() ? Outcome::kRequest : Outcome::kRefused;
}

}  // namespace mobilake::net
