# shellcheck shell=bash
# A few connections on loopback, so that a first trace has something to see.

# Listens on loopback, IPv4 and IPv6 where the host has it, prints "ADDRESS
# PORT" for each and one more where nobody listens, and greets who comes. Perl's
# core is on every Debian. It ends by itself.
demo_server() {
	exec perl -e '
		use strict;
		use Socket qw(:all);
		$0 = "demo-server";
		alarm 15;
		$| = 1;
		my @listeners;
		for ([AF_INET, "127.0.0.1", 1], [AF_INET6, "::1", 1], [AF_INET, "127.0.0.1", 0]) {
			my ($family, $address, $listens) = @$_;
			my $ip = inet_pton($family, $address);
			my $any = $family == AF_INET ? pack_sockaddr_in(0, $ip) : pack_sockaddr_in6(0, $ip);
			my $socket;
			socket($socket, $family, SOCK_STREAM, 0) && bind($socket, $any) or next;
			my $name = getsockname($socket);
			my ($port) = $family == AF_INET ? unpack_sockaddr_in($name) : unpack_sockaddr_in6($name);
			listen($socket, 8) or next if $listens;
			push @listeners, [$socket, $listens];
			print "$address $port\n";
		}
		open STDOUT, ">", "/dev/null";
		while (1) {
			my $ready = "";
			for (@listeners) { vec($ready, fileno($_->[0]), 1) = 1 if $_->[1] }
			select($ready, undef, undef, undef) > 0 or last;
			for (@listeners) {
				my ($client, $question);
				vec($ready, fileno($_->[0]), 1) && accept($client, $_->[0]) or next;
				sysread($client, $question, 100);
				syswrite($client, "Hello from tcptrail.\n" x 100);
			}
		}'
}

# demo_client ADDRESS PORT: comes, asks, reads what it is told, goes.
demo_client() {
	# shellcheck disable=SC2016
	bash -c 'exec 3<>"/dev/tcp/$0/$1" && echo "Who is there?" >&3 && cat <&3 >/dev/null' "$@" 2>/dev/null
}

# Three visits to each, two seconds apart.
demo_traffic() {
	local server place places
	exec {server}< <(demo_server)
	mapfile -t -u "$server" places
	for _ in 1 2 3; do
		sleep 2
		for place in "${places[@]}"; do
			demo_client "${place% *}" "${place#* }" || true
		done
	done
}
