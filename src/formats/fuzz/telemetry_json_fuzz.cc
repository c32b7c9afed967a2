// SPDX-License-Identifier: Apache-2.0
// Decodes each line of the input as a message, by the built-in mapping or by its flat form alone.
// Every line is one row or one named refusal, the batch stays whole, the payload stays as it was,
// and a blank changes nothing.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/check.h"
#include "formats/default_mapping.h"
#include "formats/telemetry_decoder.h"

namespace {

using namespace mobilake;
using namespace mobilake::formats;

DecoderMapping flat_mapping() {
  DecoderMapping mapping = default_mapping();
  mapping.name = "flat";
  mapping.signals_path.clear();
  for (SignalColumn& column : mapping.columns)
    column.vss_path.clear();
  // A column of the VSS form alone would have no member left.
  std::erase_if(mapping.columns,
                [](const SignalColumn& column) { return column.json_path.empty(); });
  return mapping;
}

std::unique_ptr<PayloadDecoder> decoder_of(const DecoderMapping& mapping) {
  auto decoder = open_payload_decoder(mapping);
  MOBILAKE_CHECK(decoder.ok());
  return *std::move(decoder);
}

void check_column(const Column& column, std::size_t rows) {
  MOBILAKE_CHECK(column.valid.size() == rows);
  for (const std::size_t size : {column.integers.size(), column.doubles.size(), column.codes.size(),
                                 column.entry_ends.size()})
    MOBILAKE_CHECK(size == 0 || size == rows);
  for (const std::uint32_t code : column.codes)
    MOBILAKE_CHECK(code < column.texts.size());
  const std::uint32_t entries = column.entry_ends.empty() ? 0 : column.entry_ends.back();
  if (!column.entry_ends.empty()) {
    MOBILAKE_CHECK(std::is_sorted(column.entry_ends.begin(), column.entry_ends.end()));
    MOBILAKE_CHECK(column.texts.size() == entries);
    MOBILAKE_CHECK(column.values.size() == entries || column.values.size() == 0);
  }
}

void check_batch(const ColumnBatch& batch) {
  for (std::size_t i = 0; i < batch.fields().size(); ++i)
    check_column(batch.column(i), batch.row_count());
}

bool are_equal(const ColumnBatch& left, const ColumnBatch& right) {
  for (std::size_t i = 0; i < left.fields().size(); ++i) {
    const Column& a = left.column(i);
    const Column& b = right.column(i);
    // Bits, since a double may be one that equals nothing.
    const bool doubles = a.doubles.size() == b.doubles.size() &&
                         (a.doubles.empty() || a.doubles[0] == b.doubles[0] ||
                          (a.doubles[0] != a.doubles[0] && b.doubles[0] != b.doubles[0]));
    if (a.valid != b.valid || a.integers != b.integers || !doubles ||
        a.texts.bytes() != b.texts.bytes() || a.values.bytes() != b.values.bytes() ||
        a.entry_ends != b.entry_ends)
      return false;
  }
  return true;
}

void check_refusal(const Refusal& refusal) {
  const std::string_view name = cause_name(refusal.cause);
  MOBILAKE_CHECK(!name.empty());
  MOBILAKE_CHECK(cause_of_name(name) == refusal.cause);
}

// A message with a blank is left to the full walk, which says the same as the plain one.
void check_with_blank(PayloadDecoder& decoder, std::string_view line, const MessageContext& context,
                      const std::optional<Refusal>& refusal, const ColumnBatch& alone) {
  if (!line.starts_with('{')) return;
  ColumnBatch careful = decoder.new_batch();
  const auto again = decoder.decode("{ " + std::string(line.substr(1)), context, careful);
  MOBILAKE_CHECK(again.has_value() == refusal.has_value());
  if (refusal)
    MOBILAKE_CHECK(again->cause == refusal->cause && again->column == refusal->column);
  else
    MOBILAKE_CHECK(are_equal(careful, alone));
}

// Decodes one message, into a batch that goes on and into one of its own.
void decode(PayloadDecoder& decoder, std::string_view line, ColumnBatch& batch) {
  using namespace std::chrono;
  static const Timestamp kReceivedAt{Timestamp(sys_days(year{2026} / March / 2)) + hours(12)};
  const MessageContext context{"VIN1", kReceivedAt, true};
  const std::size_t rows = batch.row_count();
  const std::string kept(line);
  const auto refusal = decoder.decode(line, context, batch);
  MOBILAKE_CHECK(line == kept);
  MOBILAKE_CHECK(batch.row_count() == rows + (refusal ? 0 : 1));
  if (refusal) check_refusal(*refusal);

  ColumnBatch alone = decoder.new_batch();
  const auto again = decoder.decode(kept, context, alone);
  MOBILAKE_CHECK(again.has_value() == refusal.has_value());
  check_with_blank(decoder, line, context, refusal, alone);
  if (refusal) {
    MOBILAKE_CHECK(again->cause == refusal->cause && again->column == refusal->column);
    return;
  }
  check_batch(alone);
  const std::uint32_t last = static_cast<std::uint32_t>(rows);
  MOBILAKE_CHECK(are_equal(batch.take({&last, 1}), alone));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto kBuiltIn = decoder_of(default_mapping());
  static const auto kFlat = decoder_of(flat_mapping());
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  for (PayloadDecoder* const decoder : {kBuiltIn.get(), kFlat.get()}) {
    ColumnBatch batch = decoder->new_batch();
    std::size_t begin = 0;
    while (begin <= input.size()) {
      const std::size_t end = std::min(input.find('\n', begin), input.size());
      decode(*decoder, input.substr(begin, end - begin), batch);
      begin = end + 1;
    }
    check_batch(batch);
  }
  return 0;
}
