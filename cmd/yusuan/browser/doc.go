// Package browser has no code of the program: its tests run yusuan serve and drive its pages with a real browser (Chromium), over the
// embedded index and over Elasticsearch. They follow journeys that people make, hold every page to the rules of accessibility (axe-core), to
// its weight and to its Content-Security-Policy, and measure how it scrolls.
//
// The tests build the program, and want Chromium (YUSUAN_TEST_CHROMIUM, else from the path) and an Elasticsearch (YUSUAN_TEST_ELASTICSEARCH, see
// scripts/test.sh). With YUSUAN_SCREENSHOTS=DIR they leave pictures of every page there, in both languages, wide and narrow, light and dark.
package browser
