// Hosts that give little: few files, no locked memory, no /proc, no tracefs, nothing to write to.
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <string>

#include "actor.h"
#include "catch.h"
#include "cgroup.h"
#include "skip.h"
#include "tracer.h"

using namespace live;

namespace {

void limit(__rlimit_resource_t what, rlim_t value) {
    const rlimit both{value, value};
    throw_unless(setrlimit(what, &both) == 0, "setrlimit");
}

void own_mounts() {
    throw_unless(unshare(CLONE_NEWNS) == 0, "unshare");
    throw_unless(mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0, "mount");
}

void hide(const char *path) {
    throw_unless(mount("none", path, "tmpfs", 0, "size=16k") == 0, path);
}

void hide_proc() {
    own_mounts();
    hide("/proc");
}

void hide_tracefs() {
    own_mounts();
    for (const char *path : {"/sys/kernel/tracing", "/sys/kernel/debug"})
        if (access(path, F_OK) == 0)
            hide(path);
}

void make_all_read_only() {
    own_mounts();
    for (const char *path : {"/", "/tmp"}) {
        throw_unless(mount(path, path, nullptr, MS_BIND, nullptr) == 0, path);
        throw_unless(mount("none", path, nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) == 0,
                     path);
    }
}

std::string small_group; // where enter_small_group() goes: a Spawn's function has no arguments

void enter_small_group() {
    write_file(small_group + "/cgroup.procs", "0");
}

// What is told, with each way of looking, of a connection that is open and one that comes.
void check_that_it_traces(void (*prepare)()) {
    stop_shared_tracer();
    Actor client("tt-client");
    Actor server("tt-server");
    const Socket listener = server.listen(loopback4);
    const Pair old = converse_with(client, server, listener);
    Process process(
        {.argv = tcptrail({"-j", "-P", std::to_string(listener.local.port)}), .prepare = prepare});
    wait_for_banner(process);
    const Pair pair = converse_with(client, server, listener);
    hang_up(client, server, pair);
    hang_up(client, server, old);
    CHECK(eventually([&] { return lines_of(process.output()).size() >= 6; }));
    process.signal(SIGINT);
    CHECK(process.wait() == 0);
    INFO(process.errors());
    CHECK(lines_of(process.errors()).size() == 1);
    std::size_t of_old = 0;
    std::size_t of_pair = 0;
    for (const Event &event : read_events(process.output())) {
        const bool at_client = event.lport != listener.local.port;
        CHECK(event.owner == (at_client ? client.owner() : server.owner()));
        (event.existing ? of_old : of_pair)++;
    }
    CHECK(of_old == 2);
    CHECK(of_pair == 4);
}

} // namespace

TEST_CASE("without /proc it traces") {
    check_that_it_traces(hide_proc);
}

TEST_CASE("without a tracefs it traces") {
    check_that_it_traces(hide_tracefs);
}

TEST_CASE("where nothing can be written it traces", "[any-backend]") {
    check_that_it_traces(make_all_read_only);
}

TEST_CASE("with no memory that may be locked it traces") {
    check_that_it_traces(+[] { limit(RLIMIT_MEMLOCK, 0); });
}

TEST_CASE("with few open files it says so in one line, or it traces whole", "[any-backend]") {
    SECTION("16") {
        Process process(
            {.argv = tcptrail({"-d", "0"}), .prepare = +[] { limit(RLIMIT_NOFILE, 16); }});
        CHECK(process.wait() == 1);
        CHECK(process.errors() == "tcptrail: only 16 files may be open here, and tcptrail needs "
                                  "128: raise the limit (ulimit -n 1024)\n");
    }
    SECTION("128") {
        check_that_it_traces(+[] { limit(RLIMIT_NOFILE, 128); });
    }
}

TEST_CASE("where there is no room for the ring buffer it says in one line what to lower",
          "[any-backend]") {
    stop_shared_tracer();
    Process process({.argv = tcptrail({"-d", "0", "--buffer", "64M"}),
                     .prepare = +[] { limit(RLIMIT_AS, 48 << 20); }});
    CHECK(process.wait() == 1);
    CHECK(process.errors() ==
          "tcptrail: cannot map the ring buffer (--buffer makes it smaller): Cannot allocate "
          "memory\n");
}

TEST_CASE("in a group with little memory it traces, or says in one line what to lower",
          "[any-backend]") {
    const std::string root = memory_cgroup_root();
    if (root.empty())
        return skip("no memory controller");
    const Cgroup group("tt-small", root);
    group.limit_memory(32 << 20);
    small_group = group.path();
    SECTION("with the usual sizes") {
        check_that_it_traces(enter_small_group);
    }
    SECTION("with a ring buffer that has no room there") {
        stop_shared_tracer();
        Process process(
            {.argv = tcptrail({"-d", "0.1", "--buffer", "64M"}), .prepare = enter_small_group});
        const int status = process.wait();
        INFO(process.errors());
        CHECK(lines_of(process.errors()).size() == 1);
        // Before 5.11 the kernel did not charge maps to groups.
        if (status != 0)
            CHECK(process.errors() ==
                  "tcptrail: no memory for the maps; --max-connections and --buffer make them "
                  "smaller: Cannot allocate memory\n");
    }
}
