# shellcheck shell=bash
# libFuzzer's targets, and how one is started.
# Some is for the scripts that source this:
# shellcheck disable=SC2034

FUZZ_TARGETS=(decode recording options parse)

# fuzz_line TARGET DIR ARGS...: sets `line`, the command. An input that breaks
# the target is left in DIR; what it learns is not added to the tree.
fuzz_line() {
	local target=$1 dir=$2
	shift 2
	mkdir -p "$dir/learnt-$target"
	line=("$SANITIZE_DIR/tests/fuzz/fuzz-$target" "$@" "-artifact_prefix=$dir/$target-"
		"$dir/learnt-$target" "$ROOT/tests/fuzz/corpus/$target")
}
