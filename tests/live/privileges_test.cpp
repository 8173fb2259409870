// What the running tool may still do, what COMMAND keeps, and what it takes to start.
#include <linux/capability.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <map>
#include <regex>

#include "actor.h"
#include "catch.h"
#include "directory.h"
#include "ordinary.h"
#include "skip.h"
#include "tracer.h"

using namespace live;

namespace {

using Capabilities = std::vector<int>;
using Status = std::map<std::string, std::string>; // lines of /proc/PID/status by their names

constexpr uid_t nobodys_uid = 65534;
const std::string shell = "/bin/sh";

Status read_status(const std::string &text) {
    Status status;
    for (const std::string &line : lines_of(text)) {
        std::smatch parts;
        if (std::regex_match(line, parts, std::regex("(\\w+):\\s*(.*)")))
            status[parts[1]] = parts[2];
    }
    return status;
}

Status status_of(const std::string &pid) {
    return read_status(read_file("/proc/" + pid + "/status"));
}

std::string mask_of(const Capabilities &capabilities) {
    std::uint64_t mask = 0;
    for (const int capability : capabilities)
        mask |= std::uint64_t{1} << capability;
    char text[17];
    snprintf(text, sizeof(text), "%016llx", static_cast<unsigned long long>(mask));
    return text;
}

Capabilities read_capabilities(const std::string &text) {
    static const std::map<std::string, int> numbers = {{"CAP_BPF", CAP_BPF},
                                                       {"CAP_PERFMON", CAP_PERFMON},
                                                       {"CAP_SYS_ADMIN", CAP_SYS_ADMIN},
                                                       {"CAP_DAC_READ_SEARCH", CAP_DAC_READ_SEARCH},
                                                       {"CAP_SYS_RESOURCE", CAP_SYS_RESOURCE}};
    const std::regex name("CAP_\\w+");
    Capabilities found;
    for (std::sregex_iterator i(text.begin(), text.end(), name), end; i != end; ++i)
        found.push_back(numbers.at(i->str()));
    return found;
}

struct Info {
    std::string text;
    Capabilities needed;
    Capabilities missing;
    Capabilities kept;
};

Words ask_for_info() {
    return tcptrail({"--info"});
}

Info info_of(const Words &command) {
    stop_shared_tracer();
    Process process({.argv = command});
    // It tries every way there is, on an emulated machine each for seconds.
    REQUIRE(eventually([&] { return !process.running(); }, 4 * patience));
    const std::string text = process.output();
    std::smatch parts;
    INFO(text << process.errors());
    REQUIRE(std::regex_search(text, parts,
                              std::regex("\ncapabilities needed here: ([^;\n]*)(; missing: "
                                         "[^;\n]*)?; kept while tracing: ([^;\n]*), and CAP_KILL "
                                         "with a COMMAND\n")));
    return {text, read_capabilities(parts[1]), read_capabilities(parts[2]),
            read_capabilities(parts[3])};
}

bool permitted_all(const Capabilities &capabilities) {
    const std::uint64_t own = std::stoull(status_of("self").at("CapPrm"), nullptr, 16);
    return std::all_of(capabilities.begin(), capabilities.end(),
                       [&](int capability) { return (own >> capability & 1U) != 0; });
}

} // namespace

TEST_CASE("once it traces, it has the capabilities that --info says it keeps, and no others") {
    const Capabilities kept = info_of(ask_for_info()).kept;
    Tracer tracer;
    const Status status = status_of(std::to_string(tracer.process().pid()));
    CHECK(status.at("CapPrm") == mask_of(kept));
    CHECK(status.at("CapEff") == mask_of(kept));
    CHECK(status.at("CapInh") == mask_of({}));
    CHECK(status.at("CapBnd") == mask_of({}));
    CHECK(status.at("CapAmb") == mask_of({}));
    CHECK(status.at("NoNewPrivs") == "1");
    CHECK(status.at("Seccomp") == "2");
    make_a_connection();
    CHECK(tracer.stop() == 0);
}

TEST_CASE("without hooks on demand by kprobes CAP_BPF is all that it keeps") {
    const Info info = info_of(ask_for_info());
    if (info.text.find("armed on demand") == std::string::npos ||
        std::regex_search(info.text, std::regex("k(ret)?probe +\\w+ +armed on demand")))
        return;
    CHECK(info.kept == Capabilities{CAP_BPF});
}

TEST_CASE("the command keeps the rights and descriptors that tcptrail was started with") {
    const std::string script = "while read -r line; do echo \"$line\"; done </proc/self/status; "
                               "for n in 0 1 2 3 4 5 6 7 8 9; do "
                               "[ -e /proc/$$/fd/$n ] && echo \"open $n\"; done; exit 0";
    const auto facts = [](const std::string &text) {
        Status status = read_status(text);
        for (const std::string &line : lines_of(text))
            if (line.starts_with("open "))
                status[line] = "yes";
        for (auto entry = status.begin(); entry != status.end();)
            entry = std::regex_match(entry->first,
                                     std::regex("Cap...|NoNewPrivs|Seccomp|Uid|Gid|SigBlk|"
                                                "SigIgn|SigCgt|open .*"))
                        ? std::next(entry)
                        : status.erase(entry);
        return status;
    };
    stop_shared_tracer();
    Process alone({.argv = {shell, "-c", script}});
    Process traced({.argv = tcptrail({"--", shell, "-c", script})});
    CHECK(alone.wait() == 0);
    CHECK(traced.wait() == 0);
    INFO(traced.errors());
    CHECK(facts(alone.output()).size() >= 12);
    CHECK(facts(traced.errors()) == facts(alone.output()));
}

TEST_CASE("a command is never executed where the start fails", "[any-backend]") {
    stop_shared_tracer();
    const Directory directory;
    const std::string ran = directory.path() + "/ran";
    const std::string touch = "exec 3>" + ran;
    const auto fails = [&](const Words &options, const std::string &environment, int status) {
        Words words = options;
        words.insert(words.end(), {"--", shell, "-c", touch});
        std::string line = environment + " exec \"$0\" \"$@\"";
        Words argv = {shell, "-c", line};
        const Words tool = tcptrail(words);
        argv.insert(argv.end(), tool.begin(), tool.end());
        Process process({.argv = argv});
        CHECK(process.wait() == status);
        CHECK(lines_of(process.errors()).size() == 1);
        CHECK_FALSE(std::filesystem::exists(ran));
    };
    fails({}, "TCPTRAIL_DENY=inet_sock_set_state,sock/inet_sock_set_state", 1);
    fails({"--output", "/no/such/directory/events"}, "", 1);
    fails({"--user", "no-such-user"}, "", 2);
}

TEST_CASE("a command that became another user is ended all the same", "[any-backend]") {
    if (access("/etc/passwd", R_OK) != 0)
        return skip("there is no /etc/passwd here");
    stop_shared_tracer();
    Process process(
        {.argv = tcptrail({"-d", "0.1", "--user", "nobody", "--", shell, "-c", "sleep 60"})});
    CHECK(process.wait() == 128 + SIGTERM);
}

TEST_CASE("an ordinary user traces with just the capabilities that --info names") {
    const Capabilities needed = info_of(ask_for_info()).needed;
    if (!permitted_all(needed))
        return skip("the tests have not all capabilities themselves");
    const Info info = info_of(as_ordinary_user(needed, ask_for_info()));
    INFO(info.text);
    CHECK(info.needed == needed);
    CHECK(info.missing.empty());

    Process process({.argv = as_ordinary_user(needed, tcptrail({"-j"}))});
    wait_for_banner(process);
    Actor client("tt-client");
    Actor server("tt-server");
    const Pair pair = converse(client, server);
    client.close(pair.client);
    server.close(pair.server);
    const auto told = [&](std::string_view kind, const Socket &socket, const Owner &owner) {
        return eventually([&] {
            const auto events = read_events(process.output());
            return std::any_of(events.begin(), events.end(), [&](const Event &event) {
                return event.is(kind) && event.tells_of(socket) && event.owner == owner;
            });
        });
    };
    CHECK(told("connect", pair.client, client.owner()));
    CHECK(told("accept", pair.server, server.owner()));
    CHECK(told("close", pair.client, client.owner()));
    CHECK(told("close", pair.server, server.owner()));
    const Status status = status_of(std::to_string(process.pid()));
    CHECK(status.at("CapEff") == mask_of(info.kept));
    process.signal(SIGINT);
    CHECK(process.wait() == 0);
}

TEST_CASE("--info says which capabilities are missing") {
    const Info all = info_of(ask_for_info());
    const Info info = info_of(as_ordinary_user({CAP_PERFMON}, ask_for_info()));
    INFO(info.text);
    CHECK(std::find(info.missing.begin(), info.missing.end(), CAP_BPF) != info.missing.end());
    CHECK(std::find(info.missing.begin(), info.missing.end(), CAP_PERFMON) == info.missing.end());
    CHECK(all.missing.empty());
}

TEST_CASE("a setuid copy refuses to run for others than root", "[any-backend]") {
    const Directory directory;
    const std::string copy = directory.path() + "/tcptrail";
    const mode_t mode = GENERATE(04755, 02755);
    REQUIRE(chmod(directory.path().c_str(), 0755) == 0);
    std::filesystem::copy_file(tcptrail({})[0], copy);
    REQUIRE(chown(copy.c_str(), 0, nobodys_uid) == 0);
    REQUIRE(chmod(copy.c_str(), mode) == 0);
    for (const std::string option : {"--version", "--info", "-d0"}) {
        CAPTURE(mode, option);
        Process process({.argv = {copy, option}, .uid = nobodys_uid});
        CHECK(process.wait() == 1);
        CHECK(process.output().empty());
        const auto errors = lines_of(process.errors());
        REQUIRE(errors.size() == 1);
        CHECK(errors[0].starts_with("tcptrail: does not run setuid or setgid"));
    }
}
