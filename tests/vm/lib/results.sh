# shellcheck shell=bash
# Results of the live tests: one line a cell (kernel x backend),
#   KERNEL BACKEND PASSED FAILED SKIPPED REASON...
# where REASON, to the line's end, says why tests failed or were skipped, or -.
# A cell that did not run has three zeros.

# "passed failed skipped" from a log of Catch2. A test that cannot run here
# prints one line "SKIP: why" and returns, which Catch2 2 counts as passed.
# Nothing is printed when there is no summary: the run did not get that far.
catch2_counts() {
	awk '
		/^SKIP: / { told++ }
		/^All tests passed \(/ {
			for (i = 1; i <= NF; i++)
				if ($i == "in") passed = $(i + 1)
			summary = 1
		}
		/^test cases: / {
			passed = failed = skipped = 0
			for (i = 1; i <= NF; i++) {
				if ($i == "passed") passed = $(i - 1)
				if ($i == "failed" && $(i + 1) != "as") failed = $(i - 1)
				if ($i == "skipped") skipped = $(i - 1)
			}
			summary = 1
		}
		END { if (summary) print passed - told, failed + 0, skipped + told }' "$1"
}

skip_reasons() {
	sed -n 's/^SKIP: //p' "$1" | tr ';' ',' | sort -u | paste -sd ';' | sed 's/;/; /g'
}

# Names of the test cases that failed, a line each, from the headings that Catch2
# prints; of one that is folded there, the first line.
failed_lines() {
	awk '
		/^-----+$/ { heading = !heading; if (heading) first = 1; next }
		heading && first { name = $0; first = 0 }
		/(^|: )FAILED:/ && !seen[name]++ { print name }' "$1"
}

failed_names() {
	failed_lines "$1" | awk 'NR > 1 { printf "; " } { printf "%s", $0 }'
}

# Names from failed_lines as Catch2 reads them from a file.
name_patterns() {
	sed 's/[,[]/\\&/g; s/.*/"&*"/'
}

# How a run without a summary ended, in words.
describe_end() {
	case $1 in
	'') echo "the VM ended before the tests did" ;;
	124 | 137 | 143) echo "stopped at the time limit, or killed (status $1)" ;;
	*) echo "ended without a summary (status $1)" ;;
	esac
}

# cell_result KERNEL BACKEND LOG STATUS [PROBLEMS [UNSTEADY [ALL]]]: the line for
# one cell. STATUS is that of the test binary, 77 if the backend cannot be had;
# PROBLEMS, if any, what the kernel complained of; UNSTEADY, if any, the tests
# that failed in a boot before this one. ALL is the log of a run of all tests,
# where LOG may be that of those which failed.
cell_result() {
	local log=$3 status=$4 problems=${5-} unsteady=${6-} all=${7:-$3} counts passed failed skipped reason
	[[ -s $all ]] || all=$log
	counts=$(catch2_counts "$log")
	read -r passed failed skipped <<<"${counts:-0 0 0}"
	reason=$(failed_names "$log")
	if [[ $status == "$STATUS_UNAVAILABLE" && -z $counts ]]; then
		skipped=1
	elif [[ -z $counts || $passed$failed$skipped == 000 ]]; then
		failed=1 reason=$(describe_end "$status")
	elif ((failed == 0)) && [[ $status != 0 ]]; then
		failed=1 reason="no test failed, but the exit status is ${status:-missing}"
	elif [[ $all != "$log" ]]; then
		read -r passed skipped < <(catch2_counts "$all" | awk -v failed="$failed" '{ print $1 + $2 - failed, $3 }')
	fi
	if [[ -n $problems ]]; then
		failed=$((failed + 1))
		reason+="${reason:+; }kernel: $(head -n 1 <<<"$problems")"
	fi
	((skipped == 0)) || reason+="${reason:+; }$(skip_reasons "$all")"
	[[ -z $unsteady ]] || reason+="${reason:+; }passed only when run again: $unsteady"
	printf '%s %s %d %d %d %s\n' "$1" "$2" "$passed" "$failed" "$skipped" "${reason:--}"
}

# Whether the allow-list has a line for each of the reasons of a cell.
skips_allowed() {
	local kernel=$1 backend=$2 reasons=$3 list=$4 reason
	while read -r reason; do
		awk -v k="$kernel" -v b="$backend" -v r="$reason" '
			/^#/ || NF < 3 { next }
			($1 == k || $1 == "*") && ($2 == b || $2 == "*") {
				sub(/^[^ ]+ +[^ ]+ +/, "")
				if (index(r, $0)) found = 1
			}
			END { exit !found }' "$list" || return 1
	done <<<"${reasons//; /$'\n'}"
}

# A cell in a few words.
describe_cell() {
	local passed=$1 failed=$2 skipped=$3
	if ((passed + failed + skipped == 0)); then
		echo "not run"
	elif ((passed + failed == 0)); then
		echo "skipped"
	else
		echo "$passed passed$( ((failed == 0)) || echo ", $failed FAILED")$( ((skipped == 0)) || echo ", $skipped skipped")"
	fi
}

# Kernel x backend, from result lines on stdin.
print_grid() {
	local kernel backend passed failed skipped
	while read -r kernel backend passed failed skipped _; do
		printf '%s\t%s\t%s\n' "$kernel" "$backend" "$(describe_cell "$passed" "$failed" "$skipped")"
	done | awk -F '\t' -v backends="${ALL_BACKENDS[*]}" '
		!($1 in known) { known[$1]; order[++rows] = $1 }
		{ cell[$1, $2] = $3 }
		END {
			columns = split(backends, backend, " ")
			printf "%-8s", "kernel"
			for (c = 1; c <= columns; c++) printf "  %-32s", backend[c]
			print ""
			for (r = 1; r <= rows; r++) {
				printf "%-8s", order[r]
				for (c = 1; c <= columns; c++) {
					text = cell[order[r], backend[c]]
					printf "  %-32s", text == "" ? "-" : text
				}
				print ""
			}
		}' | sed 's/ *$//'
}

# The reasons below the grid, a line for each cell that has one.
print_reasons() {
	local kernel backend passed failed skipped reason
	while read -r kernel backend passed failed skipped reason; do
		[[ $reason == - ]] || echo "$kernel $backend: $(describe_cell "$passed" "$failed" "$skipped"): $reason"
	done
}
