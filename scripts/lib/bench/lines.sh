# shellcheck shell=bash
# Counts what user space alone executes for a line: a recording, replayed.

RECORDED_CONNECTIONS=250000

# Leaves in FILE a recording of the churn, as this machine's kernel tells it.
record_churn() {
	local file=$1
	"$TCPTRAIL" --record "$file" -- "$BUILD_DIR/tests/bench/load" churn "$RECORDED_CONNECTIONS" 0 \
		>/dev/null 2>"$BENCH_WORK/record.err" || die "no recording: $(tail -n 1 "$BENCH_WORK/record.err")"
}

# What a replay executes, its lines left in replayed.
replayed_instructions() {
	valgrind --tool=callgrind --callgrind-out-file=/dev/null "$TCPTRAIL" --replay "$1" -H \
		2>"$BENCH_WORK/callgrind" >"$BENCH_WORK/replayed" || die "no replay: $(tail -n 1 "$BENCH_WORK/callgrind")"
	sed -n 's/.*Collected : //p' "$BENCH_WORK/callgrind"
}

measure_lines() {
	local instructions lines
	say "counting the lines of a replay"
	record_churn "$BENCH_WORK/recording"
	instructions=$(replayed_instructions "$BENCH_WORK/recording") || return
	lines=$(wc -l <"$BENCH_WORK/replayed")
	printf '\nUser space alone, replaying %s events: %s instructions a line\n' \
		"$lines" "$((instructions / lines))"
}
