# shellcheck shell=bash
# The rules of the house: which folder may include what, and who may write
# where. Each function prints what breaks a rule, as FILE:LINE: text.

# may_include FOLDER REGEX: includes there of other headers of ours than these.
may_include() {
	grep -rnE '^ *# *include +"' "$1" | grep -vE "^[^:]+:[0-9]+: *# *include +\"($2)" |
		sed "s|\$|  <- not for $1|" || true
}

# Data flows one way: hook, record, decode, table, view, columns, sink. Includes
# follow it. Options and failures are plain values, which every stage may know;
# kernel/ tells libbpf's log on stderr, by diag.h.
broken_includes() {
	local values='options\.h|failure\.h'
	may_include bpf '[a-z_]+\.h'
	may_include src/kernel "kernel/|tcptrail\.skel\.h|wire\.h|flow/|output/diag\.h|$values"
	may_include src/flow "flow/|wire\.h|$values"
	may_include src/completion "completion/|views/catalog\.h|option_table\.h|words\.h"
	may_include src/views "views/|flow/|output/|$values"
	may_include src/output "output/|flow/|$values"
}

# included_outside HEADER ALLOWED: includes of headers that begin so, but for
# those in the files allowed.
included_outside() {
	grep -rnE "^ *# *include +[<\"]$1" src | grep -vE "^($2)" || true
}

# The source without comments and strings, as FILE:LINE: code.
# shellcheck disable=SC2016
code() {
	find src -name '*.cpp' -o -name '*.h' | sort | xargs awk '
		{ gsub(/"([^"\\]|\\.)*"/, "\"\""); sub(/\/\/.*/, ""); print FILENAME ":" FNR ": " $0 }'
}

# Only the sink writes to stdout, only diag to stderr: run names the sink's
# descriptor, command joins its child's.
broken_writes() {
	local joined='src/command\.cpp:[0-9]+: +dup2\(STDERR_FILENO, STDOUT_FILENO\);'
	code | grep -E '\b(STDOUT_FILENO|stdout|cout|v?printf|puts|putchar|print)\b' |
		grep -vE "^(src/output/sink\.|src/run\.cpp:.*Sink( sink)?\(STDOUT_FILENO\)|$joined)" |
		grep -vE '^src/(main\.cpp|run\.(cpp|h)):.*\bprint\(' || true
	code | grep -E '\b(STDERR_FILENO|stderr|cerr|clog|v?fprintf|perror)\b' |
		grep -vE "^(src/output/diag\.|$joined)|<=? STDERR_FILENO|STDERR_FILENO \+ 1" || true
}

# Names that the kernel would cut.
long_program_names() {
	awk '
		/^SEC\("\??(f|k|tp|raw|iter|lsm)/ || /^SEC\("\??tracepoint/ { program = 1; next }
		program {
			program = 0
			name = $0
			sub(/^[^(]*BPF_[A-Z_]+\(/, "", name) || sub(/^[a-z]+ /, "", name)
			sub(/[^a-z0-9_].*/, "", name)
			if (length(name) > 15) print FILENAME ":" FNR ": " name " is longer than 15"
		}' bpf/tcptrail.bpf.c
}

long_files() {
	find src bpf \( -name '*.cpp' -o -name '*.h' -o -name '*.c' \) -exec wc -l {} + |
		awk '$2 != "total" && $1 > 400 { print $2 ":1: has " $1 " lines, 400 are allowed" }'
}
