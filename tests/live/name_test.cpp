// Names that would break a careless reader: one token in the table, exact in JSON.
#include <csignal>
#include <sstream>

#include "actor.h"
#include "catch.h"
#include "tracer.h"

using namespace live;

namespace {

struct Name {
    const char *comm;  // at most 15 bytes
    const char *json;  // as JSON tells it
    const char *table; // as the table prints it
};

const Name names[] = {
    {"a b\"c\\d\n\x1b[m", "a b\"c\\d\n\x1b[m", "a\\040b\"c\\134d\\012\\033[m"},
    {"\t'$(x)", "\t'$(x)", "\\011'$(x)"},
    {"#comment", "#comment", "\\043comment"},
    {"x#y", "x#y", "x#y"},
    {"", "", "-"},
    {"fifteen-bytes-x", "fifteen-bytes-x", "fifteen-bytes-x"},
};

Words fields_of(const std::string &line) {
    std::istringstream in(line);
    Words fields;
    for (std::string field; in >> field;)
        fields.push_back(field);
    return fields;
}

} // namespace

TEST_CASE("names with blanks, quotes, newlines and escapes come back exactly from JSON") {
    Tracer &tracer = shared_tracer();
    Actor server("tt-server");
    const Socket listener = server.listen(loopback4);
    for (const Name &name : names) {
        Actor client(name.comm);
        const Pair pair = converse_with(client, server, listener);
        client.close(pair.client);
        server.close(pair.server);
        REQUIRE(tracer.connect_of(pair.client).owner.comm == name.json);
        REQUIRE(tracer.close_of(pair.client).owner.comm == name.json);
    }
}

TEST_CASE("bytes of a name that are not UTF-8 are U+FFFD in JSON, and UTF-8 stays") {
    Tracer &tracer = shared_tracer();
    Actor server("tt-server");
    const Socket listener = server.listen(loopback4);
    Actor latin1("caf\xe9 x");
    Actor utf8("caf\xc3\xa9 x");
    const Pair first = converse_with(latin1, server, listener);
    const Pair second = converse_with(utf8, server, listener);

    CHECK(tracer.connect_of(first.client).owner.comm == "caf\xef\xbf\xbd x");
    CHECK(tracer.connect_of(second.client).owner.comm == "caf\xc3\xa9 x");
}

TEST_CASE("every field of the table is one token, whatever the name", "[any-backend]") {
    stop_shared_tracer();
    Actor server("tt-server");
    const Socket listener = server.listen(loopback4);
    const std::string port = std::to_string(listener.local.port);
    Process table({.argv = tcptrail({"-P", port, "-e", "connect"})});
    wait_for_banner(table);
    for (const Name &name : names) {
        Actor client(name.comm);
        client.connect(listener);
    }
    table.signal(SIGINT);
    REQUIRE(table.wait() == 0);

    const Words lines = lines_of(table.output());
    REQUIRE(lines.size() == std::size(names) + 1);
    CHECK(fields_of(lines[0]) ==
          Words{"EVENT", "PID", "COMM", "LADDR", "LPORT", "RADDR", "RPORT", "MS", "END"});
    for (std::size_t i = 0; i < std::size(names); ++i) {
        const Words fields = fields_of(lines[i + 1]);
        REQUIRE(fields.size() == 9);
        CHECK(fields[0] == "connect");
        CHECK(fields[2] == names[i].table);
        CHECK(fields[6] == port);
    }
}

TEST_CASE("a command's name is harmless in the banner and in the reason of its failure",
          "[any-backend]") {
    stop_shared_tracer();
    Process tracer({.argv = tcptrail({"--", "/there/is\x1b[2J\r\nno\xff"})});
    CHECK(tracer.wait() == 127);
    const Words lines = lines_of(tracer.errors());
    REQUIRE(lines.size() == 2);
    for (const std::string &line : lines)
        CHECK(line.find("/there/is\\033[2J\\015\\012no\\377") != std::string::npos);
}
