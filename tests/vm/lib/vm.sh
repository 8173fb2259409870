# shellcheck shell=bash
# One VM as a folder: prepare it, run it, read what it left.
#   initramfs nonce output.log console.log

# shellcheck source=tests/vm/lib/initramfs.sh
. "$VM_HOME/lib/initramfs.sh"
# shellcheck source=tests/vm/lib/qemu.sh
. "$VM_HOME/lib/qemu.sh"

need_vm_tools() {
	need_tools qemu-system-x86_64 busybox cpio modprobe xz zstd ldd
}

# new_vm DIR KERNEL_DIR COMMAND_LIMIT_S [SRC:DST...]
new_vm() {
	local dir=$1 kernel_dir=$2 limit=$3 pair
	shift 3
	mkdir -p "$dir/root/vm/commands"
	# Markers must not be mistaken for output, nor output for markers.
	od -An -N6 -tx1 /dev/urandom | tr -d ' \n' >"$dir/nonce"
	cp "$dir/nonce" "$dir/root/vm/nonce"
	echo "$limit" >"$dir/root/vm/limit"
	stage_system "$dir/root"
	stage_modules "$dir/root" "$kernel_dir"
	for pair in "$@"; do
		stage_file "$dir/root" "${pair%%:*}" "${pair#*:}"
	done
}

# add_command DIR ARGV...: to be run after those added before.
add_command() {
	local dir=$1 number
	shift
	number=$(($(find "$dir/root/vm/commands" -type f | wc -l) + 1))
	printf 'exec %s\n' "${*@Q}" >"$dir/root/vm/commands/$number"
}

seal_vm() {
	pack_initramfs "$1/root" >"$1/initramfs"
	rm -rf "$1/root"
}

# Output of command N, without the markers.
command_output() {
	awk -v begin="@$(<"$1/nonce") begin $2" -v end="@$(<"$1/nonce") end $2 " '
		index($0, end) == 1 { inside = 0 }
		inside { print }
		$0 == begin { inside = 1 }' "$1/output.log"
}

# Exit status of command N; nothing if it did not end.
command_status() {
	awk -v end="@$(<"$1/nonce") end $2 " 'index($0, end) == 1 { print $4 }' "$1/output.log"
}

# What the kernel complained of since the VM was ready: nothing, if all is well.
kernel_problems() {
	local nonce
	nonce=$(<"$1/nonce")
	awk -v ready="@$nonce ready" 'index($0, ready) { on = 1 } on' "$1/console.log" |
		grep -aE 'WARNING|BUG|Oops|Call Trace|possible (recursive|circular)|general protection|[Uu]nable to handle|UBSAN|KASAN|refcount_t|Kernel panic|blocked for more than|rcu: .*stall|Out of memory|audit: type=1326' || true
	awk -v taint="@$nonce taint" 'index($0, taint) == 1 && $3 != $4 {
		print "kernel tainted: " $3 " before, " $4 " after" }' "$1/output.log"
}
