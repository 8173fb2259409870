# shellcheck shell=bash
# Configures and builds, in the folder that the preset names.

BUILD_DIR=$ROOT/build
PRESET=release
SANITIZE_DIR=$ROOT/build-sanitize

# The cached setting of the build folder; nothing if it is not configured.
cached() {
	sed -n "s/^$1:[A-Z]*=//p" "$BUILD_DIR/CMakeCache.txt" 2>/dev/null
}

# A build folder that is already there is kept, whatever its settings: only
# another clone's, or one without the tests where they are wanted, is not.
is_configured() {
	[[ -e $BUILD_DIR/build.ninja && $(cached CMAKE_HOME_DIRECTORY) == "$ROOT" ]] &&
		[[ $1 == OFF || $(cached TCPTRAIL_TESTS) == ON ]]
}

configure() {
	local fresh=()
	[[ $(cached CMAKE_HOME_DIRECTORY) == "$ROOT" ]] || fresh=(--fresh)
	cd "$ROOT" && cmake --preset "$PRESET" "${fresh[@]}" -DTCPTRAIL_TESTS="$1"
}

# build TESTS [TARGET...]: TESTS is ON or OFF. Two at a time take turns.
build() {
	local tests=$1
	shift
	mkdir -p "$BUILD_DIR"
	(
		flock 9
		is_configured "$tests" || quietly configure "$tests" || die "cmake failed"
		quietly ninja -C "$BUILD_DIR" "$@" 9>&- || die "the build failed"
	) 9>"$BUILD_DIR/.lock"
}

# build_sanitized TARGET...: with the sanitizers, and libFuzzer's targets.
build_sanitized() {
	local BUILD_DIR=$SANITIZE_DIR PRESET=sanitize
	build ON "$@"
}
