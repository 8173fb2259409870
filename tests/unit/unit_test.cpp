// Which container or systemd unit a cgroup is of.
#include "catch.h"

#include <array>
#include <string>
#include <string_view>

#include "flow/unit.h"

using namespace tcptrail;

namespace {

const std::string id = "4f1c9d0b7a6e4f1c9d0b7a6e4f1c9d0b7a6e4f1c9d0b7a6e4f1c9d0b7a6e0000";
const std::string other_id = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const std::string shown = "4f1c9d0b7a6e";

} // namespace

TEST_CASE("a service, a scope or a user's service is the unit, a slice is none") {
    CHECK(unit_of("/system.slice/nginx.service") == "nginx.service");
    CHECK(unit_of("/system.slice/system-postgresql.slice/postgresql@15-main.service") ==
          "postgresql@15-main.service");
    CHECK(unit_of("/init.scope") == "init.scope");
    CHECK(unit_of("/system.slice/cups.socket") == "cups.socket");
    CHECK(unit_of("/user.slice/user-0.slice/session-3.scope") == "session-3.scope");
    CHECK(unit_of("/user.slice/user-1000.slice/user@1000.service/app.slice/foo.service") ==
          "foo.service");
    CHECK(unit_of("/system.slice/containerd.service") == "containerd.service");
    CHECK(unit_of("/system.slice/foo.service/payload/supervisor") == "foo.service");
    CHECK(unit_of("foo.service/payload") == "foo.service");
    for (const std::string nothing :
         {"", "/", "/system.slice", "/user.slice/user-1000.slice", "/.service", "/foo", "//",
          "/kubepods.slice/kubepods-besteffort.slice", "/kubepods/burstable/podc0ffee"}) {
        CAPTURE(nothing);
        CHECK(unit_of(nothing).empty());
    }
}

TEST_CASE("a container is told by the first 12 digits of its id, whatever runs it") {
    for (const std::string &path : {
             "/system.slice/docker-" + id + ".scope",
             "/docker/" + id,
             "/system.slice/docker.service/docker/" + id,
             "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod8a_1.slice/"
             "cri-containerd-" +
                 id + ".scope",
             "/kubepods.slice/kubepods-pod8a_1.slice/crio-" + id + ".scope",
             "/kubepods/burstable/pod8a-1/" + id,
             "/kubepods/besteffort/pod8a-1/crio-" + id,
             "/system.slice/containerd.service/kubepods-burstable-pod8a_1.slice:cri-containerd:" +
                 id,
             "/machine.slice/libpod-" + id + ".scope",
             "/machine.slice/libpod-" + id + ".scope/container",
             "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + id +
                 ".scope/container",
             "/machine.slice/machine-libpod_pod_" + other_id + ".slice/libpod-" + id + ".scope",
             "/libpod_parent/libpod-" + id,
             "/system.slice/nerdctl-" + id + ".scope",
             "/default/" + id,
             "/k8s.io/" + id,
             "/ecs/9781c248-0edd-4cdb-9a93-f63cb662a5d3/" + id,
         }) {
        CAPTURE(path);
        CHECK(unit_of(path) == shown);
    }
}

TEST_CASE("what is not quite a container's id is none") {
    CHECK(unit_of("/machine.slice/libpod-conmon-" + id + ".scope") ==
          "libpod-conmon-" + id + ".scope");
    CHECK(unit_of("/kubepods.slice/crio-conmon-" + id + ".scope") ==
          "crio-conmon-" + id + ".scope");
    CHECK(unit_of("/machine.slice/libpod_pod_" + id).empty());
    CHECK(unit_of("/docker/" + id.substr(1)).empty());
    CHECK(unit_of("/docker/" + id + "0").empty());
    CHECK(unit_of("/docker/F" + id.substr(1)).empty());
    CHECK(unit_of("/docker/g" + id.substr(1)).empty());
}

TEST_CASE("the innermost container goes before the units inside of it and around it") {
    CHECK(unit_of("/docker/" + id + "/system.slice/nginx.service") == shown);
    CHECK(unit_of("/docker/" + id + "/init.scope") == shown);
    CHECK(unit_of("/docker/" + other_id + "/kubelet.slice/kubepods/burstable/pod1/" + id) == shown);
    CHECK(unit_of("cri-containerd-" + id + ".scope/system.slice/nginx.service") == shown);
}

TEST_CASE("a machine and an LXC container go by their names") {
    CHECK(unit_of("/machine.slice/machine-web.scope") == "web");
    CHECK(unit_of("/machine.slice/machine-qemu\\x2d1\\x2ddb.scope/libvirt/emulator") ==
          "qemu-1-db");
    CHECK(unit_of("/machine.slice/machine-web.scope/payload/system.slice/nginx.service") == "web");
    CHECK(unit_of("/machine.slice/systemd-nspawn@web.service/payload/init.scope") == "web");
    CHECK(unit_of("/lxc.payload.web/system.slice/nginx.service") == "web");
    CHECK(unit_of("/lxc/101/ns/system.slice/nginx.service") == "101");
    CHECK(unit_of("/default/redis") == "redis");
    CHECK(unit_of("default/redis").empty()); // there may be more above
    CHECK(unit_of("/a/default/redis").empty());
}

TEST_CASE("an owner has the unit of the path that was told, also if it is told again") {
    const auto told = [](std::uint64_t path, std::array<std::string_view, 8> names) {
        return CgroupRecord{.path = path, .names = names};
    };
    const auto unit = [](const Units &units, std::uint64_t path) {
        Owner owner;
        owner.path = path;
        return units.of(owner);
    };
    Units units;
    CHECK_FALSE(units.any());
    CHECK(unit(units, 1).empty());
    units.take(told(1, {}));
    units.take(told(7, {"nginx.service", "system.slice"}));
    const std::string_view before = unit(units, 7);
    units.take(told(7, {"nginx.service", "system.slice"}));
    CHECK(units.any());
    CHECK(unit(units, 1).empty());
    CHECK(unit(units, 7) == "nginx.service");
    CHECK(unit(units, 7).data() == before.data());
    CHECK(unit(units, 8).empty());
    units.take(told(9, {"redis", "default"}));
    units.take(told(10, {"redis", "default", "a", "b", "c", "d", "e", "f"})); // there may be more
    CHECK(unit(units, 9) == "redis");
    CHECK(unit(units, 10).empty());
}

TEST_CASE("a name that may be cut is none, and what it is in is still known") {
    const std::string cut = std::string(unit_limit - 8, 'a') + ".service";
    REQUIRE(cut.size() == unit_limit);
    const std::string whole = cut.substr(1);
    Units units;
    units.take({.path = 1, .names = {cut, "system.slice"}});
    units.take({.path = 2, .names = {cut, "app.slice", "user@1.service"}});
    units.take({.path = 3, .names = {whole, "system.slice"}});
    Owner owner;
    owner.path = 1;
    CHECK(units.of(owner).empty());
    owner.path = 2;
    CHECK(units.of(owner) == "user@1.service");
    owner.path = 3;
    CHECK(units.of(owner) == whole);
}

TEST_CASE("systemd's escapes are undone, but for a NUL") {
    CHECK(unit_of("/system.slice/app\\x2dserver.service") == "app-server.service");
    CHECK(unit_of("/system.slice/_cgroup.service") == "cgroup.service");
    CHECK(unit_of("/system.slice/a\\x00b.service") == "a\\x00b.service");
    CHECK(unit_of("/system.slice/a\\xzzb.service") == "a\\xzzb.service");
    CHECK(unit_of("/system.slice/a\\x0ab\\x1b.service") ==
          "a\nb\x1b.service"); // escaped as it is printed
    CHECK(unit_of("/machine.slice/machine-a\\x2.scope") == "a\\x2");
}
