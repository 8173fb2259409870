# shellcheck shell=bash
# The rows of the table: what is run, and how one sees that it works.

# tcptrail's views: arguments, lines of a connection (+: some, 0: none).
declare -A VIEW_ARGUMENTS=([trace]="trace" [life]="life" [life-P9]="life -P 9" [links]="links 1" [top]="top 1")
declare -A VIEW_LINES=([trace]=4 [life]=2 [life-P9]=0 [links]=+ [top]=+)
VIEWS=(trace life life-P9 links top)
BACKENDS=(kprobe tracepoint)

# Others' tools: command, lines, and of those that print something at the start
# a word of it; tcptop does after its first second.
declare -A PEER_COMMANDS=(
	[tcpconnect]="tcpconnect" [tcplife]="tcplife" [tcptracer]="tcptracer" [tcptop]="tcptop -C 1"
	[bpftrace]="bpftrace /usr/sbin/tcplife.bt" [ss]="watch -t -n 1 'ss -tin'")
declare -A PEER_LINES=([tcpconnect]=1 [tcplife]=2 [tcptracer]=4 [tcptop]=+ [bpftrace]=2 [ss]=+)
declare -A PEER_WORDS=([tcpconnect]=PID [tcplife]=PID [tcptracer]=PID [tcptop]=PID [bpftrace]=PID [ss]="")
declare -A PEER_WAITS_S=([tcptop]=1)
PEERS=(tcpconnect tcplife tcptracer tcptop bpftrace ss)

all_rows() {
	local view backend
	for view in "${VIEWS[@]}"; do
		echo "$view"
		for backend in "${BACKENDS[@]}"; do
			echo "$view-$backend"
		done
	done
	printf '%s\n' "${PEERS[@]}"
}

# row_line NAME: as tests/bench/guest reads it.
row_line() {
	local name=$1 view backend
	if [[ -v PEER_COMMANDS[$name] ]]; then
		echo "$name|${PEER_LINES[$name]}|${PEER_WORDS[$name]}|${PEER_WAITS_S[$name]-0}|${PEER_COMMANDS[$name]}"
		return
	fi
	for backend in "${BACKENDS[@]}" auto; do
		[[ $name != *-"$backend" ]] || break
	done
	view=${name%"-$backend"}
	echo "$name|${VIEW_LINES[$view]}|Tracing|0|tcptrail ${VIEW_ARGUMENTS[$view]} --probes $backend"
}

# The files of this host that a row's command needs in the VM, one a line.
row_files() {
	case $1 in
	bpftrace)
		command -v bpftrace tcplife.bt
		# What the script includes.
		cc -M -x c - <<<'#include <sys/socket.h>' | grep -oE '/[^ ]+'
		;;
	ss) command -v ss ;;
	*) [[ ! -v PEER_COMMANDS[$1] ]] || command -v "$1" ;;
	esac
}
