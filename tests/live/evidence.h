// What a process that does not come to its end is doing: for whoever reads of the failed test.
#pragma once

#include <string>
#include <sys/types.h>

namespace live {

// State, signals and, of each thread, where in the kernel it is.
std::string evidence_of(pid_t pid);

// The same of all that this process has started, to be asked in a new process: see main.cpp.
std::string evidence_of_children(pid_t parent);

// A test in between that takes longer than any may is ended with evidence, and with it the run.
void begin_watch();
void end_watch();

} // namespace live
