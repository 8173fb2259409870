// The questions that people come with, and the commands that answer them: as README.md and the
// manual have them, and as tests/live/questions_test.cpp runs them.
#pragma once

#include <string_view>

namespace manual {

struct Question {
    std::string_view asked;
    std::string_view command;
};

inline constexpr Question questions[] = {
    {"What happens right now?", "tcptrail"},
    {"Who connects to my database?", "tcptrail -e connect -D 5432 -o +uid"},
    {"What is refused or fails, and by whom?",
     "tcptrail life -x -o pid,comm,raddr,rport,end,error"},
    {"Who resets, this side or the other?", "tcptrail life -x -T"},
    {"Who leaks connections (CLOSE_WAIT)?",
     "tcptrail life --open -d 0 -o pid,comm,lport,raddr,rport,state"},
    {"What was open before I came?", "tcptrail life --open -d 0"},
    {"Which accepts are slow?", "tcptrail -e accept -o +accept_ms"},
    {"Which handshakes are slow?", "tcptrail life --slower 20 -o +connect_ms"},
    {"Which process served this client?", "tcptrail life -L 443"},
    {"What does this script connect to?", "tcptrail links -- ./script"},
    {"What does this user do?", "tcptrail life -u www-data"},
    {"What does this container do?", "tcptrail -N /proc/4321/ns/net"},
    {"What leaves this host?", "tcptrail -e connect -a ^127.0.0.0/8,^::1"},
    {"Who uses the most, now?", "tcptrail top -r 5"},
    {"Who used the most in a minute?", "tcptrail links -d 60 -r 10"},
    {"Who talks to whom?", "tcptrail links 1"},
    {"Who connects again and again, without a pool?", "tcptrail links -d 60 -S connections"},
    {"Does anybody still use the old port?", "tcptrail links -d 3600 -P 8080"},
    {"Where are segments sent again?", "tcptrail top -S retransmits -o +retransmits"},
    {"Which peers are far away?", "tcptrail top -S rtt_ms -o +rtt_ms"},
    {"How long do connections live?", "tcptrail life -o comm,raddr,rport,ms"},
    {"What happened while I slept?", "tcptrail --record night.tcptrail -d 28800"},
};

} // namespace manual
