// SPDX-License-Identifier: Apache-2.0
#include <arrow/api.h>

#include <set>
#include <vector>

#include "serve/http/results/inside/cell_text.h"
#include "serve/http/results/inside/result_writer.h"

namespace mobilake::serve {
namespace {

class JsonWriter final : public ResultWriter {
 public:
  Result<> begin(const std::shared_ptr<arrow::Schema>& schema, std::string& out) override {
    out += R"({"columns":[)";
    for (int i = 0; i < schema->num_fields(); ++i) {
      out += i > 0 ? R"(,{"name":)" : R"({"name":)";
      append_json_string(schema->field(i)->name(), out);
      out += R"(,"type":)";
      append_json_string(sql_type_name(*schema->field(i)->type()), out);
      out += '}';
    }
    out += R"(],"rows":[)";
    return {};
  }

  Result<> write(const std::shared_ptr<arrow::RecordBatch>& batch, std::string& out) override {
    for (std::int64_t row = 0; row < batch->num_rows(); ++row) {
      if (!std::exchange(first_, false)) out += ',';
      out += '[';
      for (int column = 0; column < batch->num_columns(); ++column) {
        if (column > 0) out += ',';
        append_json_cell(*batch->column(column), row, out);
      }
      out += ']';
    }
    return {};
  }

  Result<> end(const std::string& facts, std::string& out) override {
    out += R"(],"facts":)" + facts + "}";
    return {};
  }

 private:
  bool first_ = true;
};

class NdjsonWriter final : public ResultWriter {
 public:
  // An object has each name once: a second "n" becomes "n_2".
  Result<> begin(const std::shared_ptr<arrow::Schema>& schema, std::string&) override {
    std::set<std::string> taken;
    for (const auto& field : schema->fields()) {
      std::string name = field->name();
      for (int n = 2; !taken.insert(name).second; ++n)
        name = fmt::format("{}_{}", field->name(), n);
      std::string member;
      append_json_string(name, member);
      members_.push_back(member + ":");
    }
    return {};
  }

  Result<> write(const std::shared_ptr<arrow::RecordBatch>& batch, std::string& out) override {
    for (std::int64_t row = 0; row < batch->num_rows(); ++row) {
      for (int column = 0; column < batch->num_columns(); ++column) {
        out += column > 0 ? ',' : '{';
        out += members_[static_cast<std::size_t>(column)];
        append_json_cell(*batch->column(column), row, out);
      }
      out += "}\n";
    }
    return {};
  }

  Result<> end(const std::string&, std::string&) override { return {}; }

 private:
  std::vector<std::string> members_;
};

// A text is quoted where it would be read otherwise; an empty one, to tell it from null.
void append_csv_text(std::string_view text, std::string& out) {
  if (!text.empty() && text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

class CsvWriter final : public ResultWriter {
 public:
  Result<> begin(const std::shared_ptr<arrow::Schema>& schema, std::string& out) override {
    for (int i = 0; i < schema->num_fields(); ++i) {
      if (i > 0) out += ',';
      append_csv_text(schema->field(i)->name(), out);
    }
    out += "\r\n";
    return {};
  }

  Result<> write(const std::shared_ptr<arrow::RecordBatch>& batch, std::string& out) override {
    for (std::int64_t row = 0; row < batch->num_rows(); ++row) {
      for (int column = 0; column < batch->num_columns(); ++column) {
        if (column > 0) out += ',';
        std::string text;
        const CellKind kind = append_cell(*batch->column(column), row, text);
        if (kind != CellKind::kNull) append_csv_text(text, out);
      }
      out += "\r\n";
    }
    return {};
  }

  Result<> end(const std::string&, std::string&) override { return {}; }
};

}  // namespace

std::unique_ptr<ResultWriter> make_json_writer() {
  return std::make_unique<JsonWriter>();
}

std::unique_ptr<ResultWriter> make_ndjson_writer() {
  return std::make_unique<NdjsonWriter>();
}

std::unique_ptr<ResultWriter> make_csv_writer() {
  return std::make_unique<CsvWriter>();
}

}  // namespace mobilake::serve
