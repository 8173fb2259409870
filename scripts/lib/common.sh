# shellcheck shell=bash
# Messages, for every script in scripts/. Stdout is left to data and results.

say() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
}

die() {
	say "$*"
	exit 1
}

need_root() {
	((EUID == 0)) || die "needs root, to install packages and to trace: start it with sudo"
}

# quietly COMMAND...: what it prints is shown, on stderr, only if it fails.
quietly() {
	local log status=0
	log=$(mktemp "${TMPDIR:-/tmp}/tcptrail.XXXXXX")
	"$@" >"$log" 2>&1 </dev/null || status=$?
	((status == 0)) || cat "$log" >&2
	rm -f "$log"
	return "$status"
}
