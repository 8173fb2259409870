# shellcheck shell=bash
# Messages and the cache folder, for every script in tests/vm.

# Exit status of "this cannot be had here", as automake has it.
export STATUS_UNAVAILABLE=77

say() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
}

die() {
	say "$*"
	exit 1
}

usage_error() {
	printf 'usage: %s\n' "$*" >&2
	exit 2
}

need_tools() {
	local tool missing=()
	for tool in "$@"; do
		command -v "$tool" >/dev/null || missing+=("$tool")
	done
	((${#missing[@]} == 0)) || die "not installed: ${missing[*]}"
}

# Kernels are large and the same for every clone: they live outside the tree.
cache_dir() {
	printf '%s/tcptrail/kernels\n' "${XDG_CACHE_HOME:-$HOME/.cache}"
}
