# shellcheck shell=bash
# Runs a VM to its end: start, boot again if it never gets up, time limit.

# A boot takes a few seconds; this is a hang.
BOOT_LIMIT_S=${BOOT_LIMIT_S:-120}
BOOT_ATTEMPTS=3

vm_pid=

# Leaves in DIR console.log (the kernel's) and output.log (the commands').
# VM_COUNTED, if set: one CPU, and its clock counts instructions, one a
# nanosecond; while it idles, the clock jumps.
start_vm() {
	local dir=$1 kernel_dir=$2 cpu=$3 append
	# Both CPUs take turns in one thread: with a thread each, one at times goes on
	# running a breakpoint that the other has taken out of the kernel's text when
	# a tracepoint was switched, and oopses or never gets any further.
	local cpus=(-accel "tcg,thread=single" -smp 2)
	append="console=ttyS0 loglevel=7 panic=-1 mitigations=off"
	# A busy host starves a VM; that is no fault of its kernel.
	append+=" nowatchdog rcupdate.rcu_cpu_stall_suppress=1"
	if [[ -n ${VM_COUNTED-} ]]; then
		cpus=(-accel tcg -icount "shift=0,sleep=off" -smp 1)
		# Copies 8 bytes an instruction, not one.
		cpu+=",-erms"
		# Which slabs are merged, and so what an allocation costs, is chance.
		append+=" slub_nomerge"
	fi
	: >"$dir/output.log"
	nice -n 10 qemu-system-x86_64 "${cpus[@]}" -cpu "$cpu" -m "${VM_MEMORY:-1024}" \
		-nodefaults -no-user-config -nic none -display none -no-reboot \
		-serial "file:$dir/console.log" -serial "file:$dir/output.log" \
		-kernel "$kernel_dir/vmlinuz" -initrd "$dir/initramfs" \
		-append "$append" </dev/null >"$dir/qemu.log" 2>&1 &
	vm_pid=$!
}

stop_vm() {
	[[ -n $vm_pid ]] || return 0
	kill -KILL "$vm_pid" 2>/dev/null || true
	wait "$vm_pid" 2>/dev/null || true
	vm_pid=
}

# Waits until the VM ended (0) or the condition, a command, holds (0); 1 when
# the seconds are over.
wait_for_vm() {
	local deadline=$((SECONDS + $1))
	shift
	while kill -0 "$vm_pid" 2>/dev/null && ! "$@"; do
		((SECONDS < deadline)) || return 1
		sleep 0.2
	done
}

is_ready() {
	grep -aq "^@$(<"$1/nonce") ready" "$1/output.log"
}

boot_until_ready() {
	local dir=$1 attempt
	for ((attempt = 1; attempt <= BOOT_ATTEMPTS; attempt++)); do
		start_vm "$@"
		wait_for_vm "$BOOT_LIMIT_S" is_ready "$dir" || say "the kernel hangs while booting"
		is_ready "$dir" && return
		stop_vm
		cp "$dir/console.log" "$dir/console.failed-$attempt.log" 2>/dev/null || true
		say "boot $attempt of $BOOT_ATTEMPTS failed:"
		tail -n 8 "$dir/qemu.log" "$dir/console.log" >&2 || true
	done
	return 1
}

# run_vm DIR KERNEL_DIR CPU LIMIT_S: 0 when the VM ran all its commands.
# VM_FOLLOW, if set, is a command that gets the output as it comes.
run_vm() {
	local dir=$1 limit_s=$4 follower=
	boot_until_ready "$@" || return 1
	if [[ -n ${VM_FOLLOW-} ]]; then
		tail -n +1 -s 0.2 -f --pid="$vm_pid" "$dir/output.log" | "$VM_FOLLOW" "$(<"$dir/nonce")" &
		follower=$!
	fi
	wait_for_vm "$limit_s" false || say "the VM was stopped after $limit_s s"
	stop_vm
	[[ -z $follower ]] || wait "$follower" || true
	grep -aq "^@$(<"$dir/nonce") finished" "$dir/output.log"
}
