#pragma once

namespace attune {

// The names inside a dataset folder, for the writer and the reader. docs/formats.md describes them to others.

inline constexpr int kDatasetSchemaVersion = 1;

inline constexpr char kManifestFile[] = "manifest.json";
inline constexpr char kInteractionsFile[] = "interactions.arrow";
inline constexpr char kUsersFile[] = "users.arrow";
inline constexpr char kItemsFile[] = "items.arrow";

// Columns that attune itself puts into the tables; those of a catalogue or user table stand behind them.
inline constexpr char kUserColumn[] = "user";                 // interactions: uint32, a row of users
inline constexpr char kItemColumn[] = "item";                 // interactions: uint32, a row of items
inline constexpr char kRatingColumn[] = "rating";             // interactions: float32, NaN where missing
inline constexpr char kTimestampColumn[] = "timestamp";       // interactions: microseconds in UTC
inline constexpr char kIdColumn[] = "id";                     // users, items: large_utf8
inline constexpr char kEventsColumn[] = "events";             // users: uint64, length of the history
inline constexpr char kInCatalogueColumn[] = "in_catalogue";  // items: bool

// Keys of the metadata of a column.
inline constexpr char kKindKey[] = "attune.kind";        // column_kind_name()
inline constexpr char kTitleKey[] = "attune.title";      // "true" on the title column alone
inline constexpr char kMissingKey[] = "attune.missing";  // how a missing value is written: "NaN"

}  // namespace attune
