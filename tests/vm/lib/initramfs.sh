# shellcheck shell=bash
# Builds the initramfs of a VM: busybox, a few modules, the files under test
# with their libraries, the commands to run.

# What the live tests make networks of, with what it depends on.
VM_MODULES=(veth tcp_diag sch_netem)

# Copies SRC to DST in the tree, and what it is linked with to where the loader
# looks for it.
stage_file() {
	local root=$1 src=$2 dst=$3 library
	[[ -e $src ]] || die "no such file: $src"
	[[ $dst == */ ]] && dst+=$(basename "$src")
	mkdir -p "$root$(dirname "$dst")"
	cp -RL "$src" "$root$dst"
	[[ -f $src ]] || return 0
	while read -r library; do
		[[ -e $root$library ]] || cp -L --parents "$library" "$root"
	done < <(ldd "$src" 2>/dev/null | grep -oE '/[^ ]+' || true)
}

# Decompresses the modules into the tree, numbered in the order of loading.
stage_modules() {
	local root=$1 kernel_dir=$2 release module path name n=100
	release=$(<"$kernel_dir/release")
	mkdir -p "$root/vm/modules"
	for module in "${VM_MODULES[@]}"; do
		while read -r _ path _; do
			name=$(basename "${path%.ko*}").ko
			compgen -G "$root/vm/modules/*-$name" >/dev/null && continue
			n=$((n + 1))
			case $path in
			*.xz) xz -dc "$path" ;;
			*.zst) zstd -qdc "$path" ;;
			*) cat "$path" ;;
			esac >"$root/vm/modules/$n-$name"
		done < <(modprobe -d "$kernel_dir" -S "$release" --show-depends "$module" |
			grep '^insmod')
		compgen -G "$root/vm/modules/*-$module.ko" >/dev/null ||
			grep -q "/$module\.ko" "$kernel_dir/lib/modules/$release/modules.builtin" ||
			die "kernel $release has no module $module"
	done
}

stage_system() {
	local root=$1
	mkdir -p "$root"/{bin,sbin,dev,proc,sys,tmp,run,root,etc,usr/bin,usr/sbin,var/tmp}
	cp "$(command -v busybox)" "$root/bin/busybox"
	# busybox's own shell takes its applets before the programs of that name.
	stage_file "$root" /bin/sh /bin/sh
	install -m 0755 "$VM_HOME/guest/init" "$root/init"
	echo "127.0.0.1 localhost
::1 localhost" >"$root/etc/hosts"
	echo "root:x:0:0:root:/root:/bin/sh
nobody:x:65534:65534:nobody:/:/bin/sh
user:x:1000:1000:user:/tmp:/bin/sh" >"$root/etc/passwd"
	echo "root:x:0:
nogroup:x:65534:
user:x:1000:" >"$root/etc/group"
}

# pack_initramfs ROOT: the tree as a cpio on stdout, owned by root. Not
# compressed: emulated, unpacking would cost more than reading it.
pack_initramfs() {
	(cd "$1" && find . -print0 | cpio --quiet --null -o -H newc -R 0:0)
}
