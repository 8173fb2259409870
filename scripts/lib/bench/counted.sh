# shellcheck shell=bash
# Counts instructions: boots a VM whose clock does, has tests/bench/guest
# measure there, and prints the table.

# By this machine's clock.
ROW_LIMIT_S=600
# The guest's jumps, and is no limit.
GUEST_LIMIT_S=10000000

# What the guest gets, as new_vm takes it: SRC:DST, one a line.
guest_files() {
	local row
	echo "$TCPTRAIL:/bin/tcptrail"
	echo "$BUILD_DIR/tests/bench/load:/bin/"
	echo "$ROOT/tests/bench/guest:/bin/"
	echo "$ROOT/tests/bench/free-memory:/bin/"
	echo "$BENCH_WORK/rows:/"
	for row in "$@"; do
		row_files "$row" | awk '{ print $0 ":" $0 }'
	done
}

# What the guest prints, as it comes.
# shellcheck disable=SC2317
show_progress() {
	sed -u "/^@$1 /d; /^$/d" >&2
}

# count_rows KERNEL_DIR CPU RESULTS ROW...: leaves what the guest printed.
count_rows() {
	local kernel_dir=$1 cpu=$2 results=$3 dir files
	shift 3
	dir=$(mktemp -d "$BENCH_WORK/vm.XXXXXX")
	mapfile -t files < <(guest_files "$@")
	new_vm "$dir" "$kernel_dir" "$GUEST_LIMIT_S" "${files[@]}"
	add_command "$dir" guest /rows
	seal_vm "$dir"
	VM_COUNTED=1 VM_MEMORY=2048 VM_FOLLOW=show_progress \
		run_vm "$dir" "$kernel_dir" "$cpu" "$((ROW_LIMIT_S * ($# + 1)))" || say "the VM broke down"
	command_output "$dir" 1 >"$results"
	kernel_problems "$dir" >&2
	rm -rf "$dir"
}

# count KERNEL ROW...: its table. Exit status 1 if a row failed.
count() {
	local kernel=$1 kernel_dir row rows=$BENCH_WORK/rows
	shift
	kernel_dir=$("$VM_HOME/fetch" "$kernel") || return
	say "counting on $kernel"
	{
		echo "baseline|0||0|-"
		for row in "$@"; do
			row_line "$row"
		done
	} >"$rows"
	count_rows "$kernel_dir" "$(kernel_cpu "$kernel")" "$BENCH_WORK/results" "$@"
	printf '\nKernel %s, instructions of the whole machine\n\n' "$(<"$kernel_dir/release")"
	awk -f "$ROOT/scripts/lib/bench/table.awk" "$rows" "$BENCH_WORK/results"
}
