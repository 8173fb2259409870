// What each view refuses, and why: no option is ignored where it cannot be honoured.
#include "catch.h"

#include <string>

#include "program.h"

using namespace cli;

TEST_CASE("a command, an interval or a count is refused by the view that cannot take it") {
    refused({"top", "--", "true"}, "top watches the whole host");
    refused({"life", "1"}, "life takes no INTERVAL 1");
    refused({"trace", "1", "2"}, "trace takes no INTERVAL 1");
    for (const char *view : {"top", "links"}) {
        refused({view, "0"}, "INTERVAL: ");
        refused({view, "0.05"}, "INTERVAL: give 0.1 seconds or more");
        refused({view, "1", "0"}, "COUNT: ");
        refused({view, "1", "1.5"}, "COUNT: ");
        refused({view, "1", "2", "3"}, "'3' is one number too many");
        refused({view, "1", "curl"}, "'curl' is one word too many");
    }
    refused({"links", "--"}, "needs a command");
}

TEST_CASE("a choice of events that the view cannot honour is refused") {
    refused({"top", "-x"}, "--failed is not for top");
    for (const char *view : {"top", "links"}) {
        refused({view, "--slower", "1"}, "--slower is about single handshakes");
        refused({view, "--open"}, "--open is for life");
        refused({view, "-e", "close"}, "--event chooses events of trace");
        refused({view, "--record", "file"}, "--record saves the events of trace and life");
        refused({view, "--replay", "file"}, "--replay reads events for trace and life");
    }
    refused({"life", "-e", "close"}, "--event chooses events of trace");
    refused({"trace", "--open"}, "--open is for life");
}

TEST_CASE("options for tables are refused where every event is a line") {
    for (const char *view : {"trace", "life"}) {
        refused({view, "--sort", "tx_bytes"}, "--sort is for the tables of top and links");
        refused({view, "-r", "5"}, "--rows is for the tables of top and links");
        refused({view, "-C"}, "--no-clear is for the tables of top and links");
        refused({view, "--all"}, "--all is for top");
        refused({view, "--max-links", "5"}, "--max-links is for links");
    }
    refused({"links", "--all"}, "--all is for top");
    refused({"top", "--max-links", "5"}, "--max-links is for links");
}

TEST_CASE("a wrong value of a view's own option is refused") {
    refused({"life", "--slower", "fast"}, "--slower: 'fast' is not");
    refused({"top", "-r", "0"}, "--rows: ");
    refused({"top", "-S", "tx_byte"}, "did you mean 'tx_bytes'?");
    refused({"links", "-S", "pid"}, "unknown column 'pid'");
    refused({"links", "-o", "lport"}, "unknown column 'lport'");
    refused({"links", "--max-links", "0"}, "--max-links: ");
    refused({"life", "--human", "-j"}, "--human is for eyes");
    refused({"life", "--names", "-j"}, "--names is for eyes");
    refused({"life", "--replay", "file", "--duration", "1"},
            "--replay asks no kernel: leave out --duration");
    refused({"life", "--replay", "file", "--", "true"}, "--replay runs no command");
}

TEST_CASE("a format is chosen once, by the view that has it, and a picture is no table") {
    refused({"links", "--format", "xml"}, "choose from table, json, csv, dot");
    refused({"links", "--format", "dot", "-j"}, "--format and --json say the same");
    refused({"links", "--format", "csv", "-s"}, "--format and --csv say the same");
    refused({"links", "--format", "json", "--human"}, "--human is for eyes");
    refused({"links", "--format", "json", "--names"}, "--names is for eyes");
    refused({"links", "--format", "dot", "1"}, "--format dot is one picture, at the end");
    for (const char *option : {"-w", "-T", "-t", "-H", "--human", "-C"})
        refused({"links", "--format", "dot", option}, "--format dot is a picture, not a table");
    refused({"links", "--format", "dot", "-o", "client"}, "leave out --columns");
    for (const char *view : {"trace", "life", "top"})
        refused({view, "--format", "json"}, "--format is for links");
}

TEST_CASE("each view has a help of its own, with its options and no others") {
    const auto help = [](const char *view) {
        const Ended ended = run({view, "--help"});
        CHECK(ended.status == 0);
        CHECK(ended.err.empty());
        return ended.out;
    };
    CHECK(contains(help("life"), "--open"));
    CHECK(contains(help("life"), "--slower"));
    CHECK_FALSE(contains(help("life"), "--sort"));
    CHECK(contains(help("top"), "--all"));
    CHECK(contains(help("top"), "[INTERVAL [COUNT]]"));
    CHECK_FALSE(contains(help("top"), "--max-links"));
    CHECK(contains(help("links"), "--max-links"));
    CHECK_FALSE(contains(help("links"), "--slower"));
}
