// SPDX-License-Identifier: Apache-2.0
#include "net/router.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace mobilake::net {
namespace {

Route route(std::string method, std::string path) {
  Route made;
  made.method = std::move(method);
  made.path = std::move(path);
  made.operation_id = made.method + made.path;
  return made;
}

Router sample() {
  return Router({route("GET", "/devices"), route("POST", "/devices"), route("GET", "/devices/{id}"),
                 route("GET", "/devices/all"), route("GET", "/files/{path...}")});
}

TEST(RouterTest, FindsTheMostExactRoute) {
  const Router router = sample();
  EXPECT_EQ(router.match("GET", "/devices/all").route->path, "/devices/all");
  const auto match = router.match("GET", "/devices/7");
  EXPECT_EQ(match.route->path, "/devices/{id}");
  EXPECT_EQ(match.path_values.at("id"), "7");
  EXPECT_EQ(router.match("GET", "/files/a/b").path_values.at("path"), "a/b");
  EXPECT_EQ(router.match("HEAD", "/devices").route->path, "/devices");
}

TEST(RouterTest, TellsAWrongMethodFromAWrongPath) {
  const Router router = sample();
  EXPECT_EQ(router.match("DELETE", "/devices").route, nullptr);
  EXPECT_TRUE(router.match("DELETE", "/devices").path_known);
  EXPECT_FALSE(router.match("GET", "/device").path_known);
  EXPECT_FALSE(router.match("GET", "/devices/").path_known);
  EXPECT_FALSE(router.match("GET", "/files/").path_known);
}

TEST(RouterTest, DescribesItselfAsOpenApi) {
  const auto document = nlohmann::json::parse(sample().openapi("Sample", "1"));
  EXPECT_EQ(document["openapi"], "3.1.0");
  EXPECT_EQ(document["paths"]["/devices/{id}"]["get"]["parameters"][0]["name"], "id");
  EXPECT_TRUE(document["paths"].contains("/files/{path}"));
  EXPECT_EQ(document["paths"]["/devices"].size(), 2u);
}

}  // namespace
}  // namespace mobilake::net
