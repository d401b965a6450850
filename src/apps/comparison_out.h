#pragma once

#include <string>

#include "apps/comparison.h"
#include "apps/json_value.h"

namespace attune {

// What is said of a comparison, in the forms that people and programs read. All of them hold the same figures.

// What was compared where, beside the figures.
struct ComparisonTitle {
  std::string dataset;  // its folder's name
  std::string machine;  // "AMD EPYC, 2 threads"
  std::string date;     // "2026-11-25"
};

std::string comparison_text(const Comparison& comparison, const ComparisonRequest& request);
Json comparison_json(const Comparison& comparison, const ComparisonRequest& request, const ComparisonTitle& title);
std::string comparison_markdown(const Comparison& comparison, const ComparisonRequest& request,
                                const ComparisonTitle& title);
// One file that names no other: style and plots are in it.
std::string comparison_html(const Comparison& comparison, const ComparisonRequest& request,
                            const ComparisonTitle& title);

// What all forms share: a table of texts.
struct ReportTable {
  std::string title;
  std::vector<std::string> columns;  // the first is a name, the others are figures
  std::vector<std::vector<std::string>> rows;
};
ReportTable quality_table(const Comparison& comparison, const ComparisonRequest& request);
ReportTable cost_table(const Comparison& comparison);
ReportTable difference_table(const Comparison& comparison, const ComparisonRequest& request);
ReportTable list_table(const Comparison& comparison);      // what the lists are like
ReportTable expected_table(const Comparison& comparison);  // no rows when no model ties
// Sentences on the protocol and on how to read the tables.
std::vector<std::string> comparison_notes(const Comparison& comparison, const ComparisonRequest& request);

}  // namespace attune
