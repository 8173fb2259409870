# shellcheck shell=bash
# Measures on this machine in real time: the backend that works on all, beside
# tcplife. Runs with and without a tool alternate, so that what else the machine
# does falls on both.

NATIVE_CONNECTIONS=30000
NATIVE_PAIRS=7

# The nanoseconds of a churn, in a network of its own, where no TIME_WAIT is
# left from the one before.
churn_ns() {
	# shellcheck disable=SC2016
	unshare --net bash -c 'ip link set lo up
		echo 1024 65535 >/proc/sys/net/ipv4/ip_local_port_range
		exec "$0" churn "$1" 0' "$BUILD_DIR/tests/bench/load" "$NATIVE_CONNECTIONS" | cut -d ' ' -f 2
}

# traced_churn_ns COMMAND...: the same beside a tool, which has to print lines.
traced_churn_ns() {
	local tracer printed
	"$@" >"$BENCH_WORK/native.out" 2>"$BENCH_WORK/native.err" &
	tracer=$!
	sleep 1
	churn_ns
	kill -INT "$tracer" 2>/dev/null || die "dead: $*: $(tail -n 1 "$BENCH_WORK/native.err")"
	wait "$tracer" || true
	printed=$(grep -c '127\.0\.0\.1' "$BENCH_WORK/native.out") || die "silent: $*"
	((printed >= 2 * NATIVE_CONNECTIONS)) ||
		say "$printed lines of $((2 * NATIVE_CONNECTIONS)): $*"
}

median() {
	sort -n | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'
}

# native_row TITLE COMMAND...
native_row() {
	local title=$1 pair without with
	shift
	: >"$BENCH_WORK/pairs"
	for ((pair = 0; pair < NATIVE_PAIRS; pair++)); do
		without=$(churn_ns)
		with=$(traced_churn_ns "$@") || return
		echo "$without $with" >>"$BENCH_WORK/pairs"
	done
	printf '| %s | %.1f | x%.3f |\n' "$title" \
		"$(awk -v n="$NATIVE_CONNECTIONS" '{ print $1 / n / 1000 }' "$BENCH_WORK/pairs" | median)" \
		"$(awk '{ print $2 / $1 }' "$BENCH_WORK/pairs" | median)"
}

measure_natively() {
	say "measuring on this machine"
	printf '\nThis machine, kernel %s, in real time; medians of %s pairs\n\n' "$(uname -r)" "$NATIVE_PAIRS"
	echo "| | churn without it, us per connection | with it |"
	echo "|-|-|-|"
	native_row "tcptrail life --probes tracepoint" \
		env --default-signal=INT "$TCPTRAIL" life --probes tracepoint || return
	# It needs a tracefs, which not every host has.
	native_row tcplife unshare --mount bash -c 'mount -t tracefs tracefs /sys/kernel/tracing; exec tcplife'
}
