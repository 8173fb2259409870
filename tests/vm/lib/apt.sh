# shellcheck shell=bash
# A private apt beside the host's: other suites of the mirror that the host
# uses, with lists, cache and status of its own. The host's apt is only read.

# Prints the mirror's base address for ordinary or for -security suites, from
# the host's own configuration.
mirror_base() {
	local kind=$1 codename base
	# shellcheck source=/dev/null
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-sid}")
	# shellcheck disable=SC2016
	base=$(apt-get indextargets --format '$(CREATED_BY) $(COMPONENT) $(RELEASE) $(REPO_URI)' |
		awk -v want="$codename$([[ $kind == security ]] && echo -security)" '
			$1 == "Packages" && $2 == "main" && $3 == want { print $4; exit }')
	if [[ -z $base && $kind == security ]]; then
		# Mirrors keep the two archives side by side.
		base=$(mirror_base main) || return
		base=${base%/debian/}/debian-security/
	fi
	[[ -n $base ]] || die "apt knows no Debian mirror for $codename: apt-get update first"
	printf '%s\n' "$base"
}

archive_keyring() {
	local keyring
	for keyring in /usr/share/keyrings/debian-archive-keyring.{pgp,gpg}; do
		[[ -e $keyring ]] && printf '%s\n' "$keyring" && return
	done
	die "no Debian archive keyring: install debian-archive-keyring"
}

# An old suite's Release file is no longer renewed, so its age says nothing.
sources_lines() {
	local suite kind keyring base
	keyring=$(archive_keyring) || return
	for suite in "$@"; do
		kind=main
		[[ $suite == *-security ]] && kind=security
		base=$(mirror_base "$kind") || return
		echo "deb [signed-by=$keyring check-valid-until=no] $base $suite main"
	done
}

# Sets up the private apt in a folder, for the suites named, and points this
# process's apt at it.
use_private_apt() {
	local dir=$1
	shift
	mkdir -p "$dir/state/lists/partial" "$dir/cache/archives/partial"
	: >"$dir/status"
	sources_lines "$@" >"$dir/sources.list"
	cat >"$dir/apt.conf" <<-CONF
		// Hooks of the host (container images have some) would clean its cache.
		#clear APT::Update::Pre-Invoke;
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
		Dir::State "$dir/state";
		Dir::State::status "$dir/status";
		Dir::Cache "$dir/cache";
		Dir::Etc::sourcelist "$dir/sources.list";
		Dir::Etc::sourceparts "/dev/null";
		Dir::Etc::preferencesparts "/dev/null";
		Dir::Etc::preferences "/dev/null";
		APT::Sandbox::User "root";
		APT::Architecture "amd64";
		APT::Architectures "amd64";
		APT::Default-Release "";
		Acquire::Languages "none";
		Acquire::Retries "3";
	CONF
	export APT_CONFIG=$dir/apt.conf
}

# The packages that hold the newest cloud kernel: the image itself, or where it
# is split, its binary, its modules and their lists (base) too.
newest_kernel_packages() {
	apt-cache --recurse --important depends linux-image-cloud-amd64 2>/dev/null |
		grep -E '^linux-(image|binary|base|modules)-[0-9].*-cloud-amd64$' | sort -u
}
