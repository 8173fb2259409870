# shellcheck shell=bash
# The kernels of the matrix: where each comes from and what its VM needs.

export ALL_KERNELS=(5.10 6.1 6.12 newest)
export ALL_BACKENDS=(fentry kprobe tracepoint)

# The kernel that must be there: the tests may not pass without it.
export REQUIRED_KERNEL=6.1

# Debian suites that carry this kernel; the newest version among them is taken.
kernel_suites() {
	case $1 in
	5.10) echo bullseye bullseye-security ;;
	6.1) echo bookworm bookworm-security ;;
	6.12) echo trixie trixie-security ;;
	newest) echo sid ;;
	*) return 1 ;;
	esac
}

# 6.12 under software emulation oopses at random where cmpxchg16b is offered;
# 7.2 runs out of memory for socket storage where it is not.
kernel_cpu() {
	case $1 in
	6.12) echo max,-cx16 ;;
	*) echo max ;;
	esac
}

check_kernel_name() {
	kernel_suites "$1" >/dev/null || {
		say "unknown kernel $1: choose from ${ALL_KERNELS[*]}"
		exit 2
	}
}
