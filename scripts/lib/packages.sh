# shellcheck shell=bash
# Which Debian packages each job needs, and how they get here.
# The lists are for the scripts that source this:
# shellcheck disable=SC2034

# To build tcptrail. Of these libzstd-dev is there because Debian 13's
# static libelf needs it.
BUILD_PACKAGES=(bpftool clang cmake g++ libbpf-dev libcap-dev libcli11-dev libdeflate-dev libelf-dev
	libfmt-dev libseccomp-dev libzstd-dev llvm ninja-build pkg-config zlib1g-dev)

# To build the tests, and to run them on the host.
TEST_PACKAGES=(catch2 fish graphviz iproute2 libclang-rt-dev libcsv-dev mandoc nlohmann-json3-dev shellcheck valgrind
	zsh)

# Style is judged by one version, which only Debian 12 has.
STYLE_PACKAGES=(clang-format-14 clang-tidy-14)

# To run the tests in virtual machines.
VM_PACKAGES=(binutils busybox-static cpio debian-archive-keyring kmod lz4 qemu-system-x86 xz-utils zstd)

# To measure what tcptrail costs, beside its peers.
BENCH_PACKAGES=(bpftrace iproute2 libbpf-tools valgrind)

# "debian 12", or what else this is.
distribution() {
	# shellcheck source=/dev/null
	(. /etc/os-release 2>/dev/null && echo "${ID-unknown} ${VERSION_ID-}")
}

# Those of the packages that are not installed, one a line; without dpkg, all.
missing_packages() {
	local package
	for package in "$@"; do
		[[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
			printf '%s\n' "$package"
	done
}

apt_install() {
	DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=300 \
		install --no-install-recommends "$@"
}

# Package lists that are missing or old make the first try fail.
apt_install_or_update() {
	apt_install "$@" >/dev/null 2>&1 </dev/null && return
	say "updating the package lists"
	quietly apt-get -qq update && quietly apt_install "$@"
}

# Only what is missing is installed, so that a second run asks nothing of apt.
install_packages() {
	local missing
	mapfile -t missing < <(missing_packages "$@")
	((${#missing[@]} > 0)) || return 0
	case $(distribution) in
	"debian 12" | "debian 13") ;;
	*) die "installs packages on Debian 12 and 13 only; here, first install what they call ${missing[*]}" ;;
	esac
	say "installing ${missing[*]}"
	apt_install_or_update "${missing[@]}" || die "the packages cannot be installed"
}
