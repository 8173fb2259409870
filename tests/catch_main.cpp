// Catch2 version 2 wants its main() compiled by somebody.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
