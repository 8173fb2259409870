# The table of one kernel, as Markdown: from the rows as tests/bench/guest reads
# them, and from what it printed. Exit status 1 if a tool was dead or silent.

function grouped(number,    text) {
	text = sprintf("%.0f", number < 0 ? -number : number)
	while (match(text, /[0-9][0-9][0-9][0-9](,|$)/))
		text = substr(text, 1, RSTART) "," substr(text, RSTART + 1)
	return (number < 0 && text != "0" ? "-" : "") text
}

function signed(text) {
	return text ~ /^-?[0.]*$/ ? "0" : (text ~ /^-/ ? "" : "+") text
}

function each(name, key) {
	return value[name, key] / per[name, key]
}

# What a unit costs more than without a tool.
function overhead(name, key,    base, more) {
	if (!((name, key) in value))
		return "-"
	base = each("baseline", key)
	more = each(name, key) - base
	return signed(grouped(more)) " (" signed(sprintf("%.2f", 100 * more / base)) " %)"
}

function per_second(name, key) {
	return (name, key) in value ? grouped(each(name, key) - each("baseline", key)) : "-"
}

function milliseconds(name) {
	return (name, "start") in value ? sprintf("%.0f", value[name, "start"] / 1e6) : "-"
}

function mebibytes(name, key) {
	return (name, key) in value ? sprintf("%.1f", value[name, key] / 1024) : "-"
}

function bytes_per_socket(name) {
	if (!((name, "idle-memory") in value))
		return "-"
	return grouped(1024 * (each(name, "idle-memory") - each("baseline", "idle-memory")))
}

function complain(name, text) {
	notes[++noted] = "`" name "` FAILED: " text
	failed = 1
}

# Whether it lived, and printed what it should.
function judge(name, workload,    key, expected) {
	key = workload "-lines"
	if (!((name, key) in value)) {
		complain(name, "no result of " workload)
		return
	}
	expected = lines[name] == "+" ? 1 : lines[name] * per[name, key]
	if (expected > 0 && value[name, key] == 0)
		complain(name, "silent in " workload)
	else if (value[name, key] < expected)
		notes[++noted] = "`" name "` printed " grouped(value[name, key]) " of " grouped(expected) " lines in " workload
}

function print_row(name) {
	printf "| `%s` | %s | %s | %s | %s | %s | %s | %s; %s; %s | %s |\n", command[name],
		overhead(name, "churn"), overhead(name, "chatty"), overhead(name, "bulk"),
		per_second(name, "idle"), per_second(name, "quiet"), milliseconds(name),
		mebibytes(name, "churn-peak"), mebibytes(name, "resident"), mebibytes(name, "all"),
		bytes_per_socket(name)
}

BEGIN { FS = "|" }

NR == FNR {
	order[++rows] = $1
	lines[$1] = $2
	command[$1] = $5
	next
}

FNR == 1 { FS = " "; $0 = $0 }

$2 == "dead" {
	complain($1, "dead at the end: " substr($0, length($1 " dead ")))
	next
}

NF == 4 {
	value[$1, $2] = $3
	per[$1, $2] = $4
}

END {
	print "| | churn, per connection | chatty, per round trip | bulk, per MiB | idle, per second: 10,000 connections | 10 connections | start, ms | MiB: peak; then; all | bytes per open socket |"
	print "|-|-|-|-|-|-|-|-|-|"
	name = order[1]
	printf "| no tool | %s | %s | %s | %s | %s | | | |\n", grouped(each(name, "churn")), grouped(each(name, "chatty")),
		grouped(each(name, "bulk")), grouped(each(name, "idle")), grouped(each(name, "quiet"))
	for (r = 2; r <= rows; r++) {
		print_row(order[r])
		judge(order[r], "churn")
		judge(order[r], "chatty")
		judge(order[r], "bulk")
	}
	if (noted)
		print ""
	for (n = 1; n <= noted; n++)
		print "- " notes[n]
	exit failed
}
